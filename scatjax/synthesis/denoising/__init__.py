"""Statistical denoising: the verb, the noises, gaps, and the start from the spectrum under the noise."""

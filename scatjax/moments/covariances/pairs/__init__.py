"""The published index sets of phase harmonics and rectifiers, one constructor each; `Gamma(**columns)` is your own."""

from ..angular import AngularFourier as AngularFourier
from ..angular import Isotropic as Isotropic
from ..edges import Border as Border
from ..edges import Cropped as Cropped
from ..gamma import BankLowPass as BankLowPass
from ..gamma import Gamma as Gamma
from ..gamma import Norm as Norm
from .alpha import alpha_color as alpha_color
from .alpha import alpha_gray as alpha_gray
from .regaldo import pywph as pywph
from .regaldo import pywph_cross as pywph_cross
from .zhang_mallat import mallat_zhang_rochette as mallat_zhang_rochette
from .zhang_mallat import zhang_mallat_a as zhang_mallat_a
from .zhang_mallat import zhang_mallat_b as zhang_mallat_b
from .zhang_mallat import zhang_mallat_c as zhang_mallat_c
from .zhang_mallat import zhang_mallat_d as zhang_mallat_d

"""The networks of the course, one file each: functions that return a plain ``keras.Model``."""

from coursekit.networks.alpha import alpha
from coursekit.networks.beta import beta
from coursekit.networks.colorful import colorful, small_colorful
from coursekit.networks.efficientnet import efficientnet_lite0
from coursekit.networks.fusion import fusion
from coursekit.networks.imagenet import WeightsError
from coursekit.networks.small_cnn import small_cnn
from coursekit.networks.study import SIX_MODELS, study
from coursekit.networks.unet import unet, unet_decoder, unet_encoder
from coursekit.networks.vgg_skip import vgg_skip

__all__ = [
    "SIX_MODELS",
    "WeightsError",
    "alpha",
    "beta",
    "colorful",
    "efficientnet_lite0",
    "fusion",
    "small_cnn",
    "small_colorful",
    "study",
    "unet",
    "unet_decoder",
    "unet_encoder",
    "vgg_skip",
]

import numpy as np

from coursekit import color
from coursekit.tools.site import pictures


def test_a_slice_shows_the_colours_of_its_lightness_where_they_are():
    picture = pictures.gamut(50)
    step = (pictures.PIXELS - 1) / (2 * pictures.REACH)  # pixels a CIELAB unit
    for a, b in ((40, 20), (-30, 30), (10, -50)):
        row, column = round((pictures.REACH - b) * step), round((a + pictures.REACH) * step)
        found = color.rgb_to_lab(picture[row, column])
        np.testing.assert_allclose(found, [50, a, b], atol=1.5)
    assert (picture[2, 2] == 236).all()  # no such green

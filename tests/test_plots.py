import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import skimage.data

from coursekit import color, plots

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def photo():
    return skimage.data.astronaut()[::8, ::8]


def test_rows_show_L_as_the_grey_of_its_lightness(photo):
    L, _ = color.split(photo)
    fig = plots.rows({"grey": [L, L], "true": [photo, photo]}, titles=["one", "two"])
    grey = fig.axes[0].images[0].get_array()
    np.testing.assert_allclose(color.split(np.asarray(grey))[1], 0, atol=0.8)
    np.testing.assert_allclose(color.split(np.asarray(grey))[0], L, atol=0.4)
    assert [axis.get_title() for axis in fig.axes[:2]] == ["one", "two"]


def test_rows_of_different_length_are_refused(photo):
    with pytest.raises(ValueError, match="same number"):
        plots.rows({"grey": [photo], "true": [photo, photo]})


def test_lab_planes_show_true_above_predicted(photo):
    fig = plots.lab_planes(photo, np.zeros_like(photo))
    assert [axis.get_ylabel() for axis in fig.axes if axis.get_ylabel()] == ["true", "predicted"]
    np.testing.assert_array_equal(fig.axes[0].images[0].get_array(), photo)


def test_a_plane_is_painted_in_the_colours_it_stands_for():
    red = color.split(plots.plane_picture(np.array([[50.0]]), "a"))[1][0, 0]
    np.testing.assert_allclose(red, [50, 0], atol=1)
    with pytest.raises(ValueError, match="'a' or 'b'"):
        plots.plane_picture(np.zeros((2, 2)), "L")


def test_the_gamut_picture_has_the_colour_of_its_place():
    picture = plots.gamut_picture(60)
    np.testing.assert_allclose(
        color.rgb_to_lab(picture[110 + 30, 110 + 20]), [60, 20, 30], atol=0.7
    )
    assert (picture[0, 0] == 235).all()  # a = b = −110 is in no screen's reach


def test_the_histogram_is_a_share_of_all_pixels(photo):
    fig = plots.ab_histogram({"photo": color.split(photo)[1]})
    mesh = next(item for item in fig.axes[0].collections if hasattr(item, "get_coordinates"))
    assert np.nansum(mesh.get_array()) == pytest.approx(1)


def test_loss_curves_name_their_reference_lines():
    fig = plots.loss_curves({"beta": [0.1, 0.05]}, {"grey": 0.2, "best possible": 0.01})
    assert {text.get_text() for text in fig.axes[0].texts} == {"grey", "best possible"}
    assert fig.axes[0].get_xlabel() and fig.axes[0].get_ylabel()


def test_patches_show_each_colour_as_it_is_and_white_on_a_ground_that_is_not_white():
    fig = plots.patches(
        {"colour": [[255, 0, 0], [255, 255, 255]], "grey": [[90] * 3] * 2}, ["red", "white"]
    )
    np.testing.assert_array_equal(
        fig.axes[0].images[0].get_array()[0], [[255, 0, 0], [255, 255, 255]]
    )
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == ["colour", "grey"]
    assert fig.get_facecolor()[:3] != (1, 1, 1)


def test_large_photos_are_averaged_smaller_ones_smooth_and_tiny_ones_keep_their_pixels(photo):
    fig = plots.rows({"": [photo[:32, :32], photo, np.tile(photo, (8, 8, 1))]}, width=6)
    assert [axis.images[0].get_interpolation() for axis in fig.axes] == [
        "nearest",
        "bicubic",
        "antialiased",
    ]


def test_intervals_are_drawn_around_their_values():
    fig = plots.intervals(["grey", "mean"], {"AuC": [(80, 79, 81), (np.nan,) * 3]})
    (axis,) = fig.axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["grey", "mean"]
    (bars,) = axis.containers
    np.testing.assert_allclose(bars[2][0].get_segments()[0], [(79, 0), (81, 0)])
    with pytest.raises(ValueError, match="AuC: 1 values for 2 names"):
        plots.intervals(["grey", "mean"], {"AuC": [(80, 79, 81)]})


def test_a_figure_becomes_a_png_and_is_closed():
    fig = plots.gamut(50)
    assert plots.png(fig).startswith(b"\x89PNG")
    assert not plt.fignum_exists(fig.number)


RUNS = [
    {"model": m, "data": d, "seed": s, "auc": 60.0 + m + s, **({"loss": 1.0} if m == 2 else {})}
    for m in (1, 2)
    for d in ("one", "mix")
    for s in (0, 1, 2)
]


def test_runs_are_dots_with_their_mean_in_a_row_for_each_kind():
    fig = plots.runs(RUNS, {"auc": "AuC in %"}, "model", split="data")
    axis = fig.axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["1", "2"]
    assert axis.get_xlabel() == "AuC in %"
    dots, mean = axis.lines[:2]
    assert list(dots.get_xdata()) == [61, 62, 63] and list(mean.get_xdata()) == [62]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["one", "mix"]
    markers = {line.get_marker() for line in axis.lines} - {"|"}
    assert len(markers) == 2  # the data sets stay apart without colour


def test_runs_can_be_sorted_and_told_apart_by_several_settings():
    fig = plots.runs(RUNS, {"auc": "AuC", "loss": "loss"}, ["model", "data"], sort="auc")
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == [
        "2, one",
        "2, mix",
        "1, one",
        "1, mix",
    ]
    assert len(fig.axes[1].lines[0].get_xdata()) == 3 and len(fig.axes[1].lines[4].get_xdata()) == 0


def test_a_measure_that_no_run_has_is_named():
    with pytest.raises(ValueError, match="'psnr'"):
        plots.runs(RUNS, {"psnr": "PSNR"}, "model")


def test_bins_stand_at_their_place_in_their_own_colour():
    centres = np.float32([[0, 0], [60, 40], [-40, 30]])
    fig = plots.bin_groups({"near": centres, "far": centres[:1]})
    marks = fig.axes[0].collections[0]
    np.testing.assert_array_equal(marks.get_offsets(), centres)
    ab = color.split((marks.get_facecolors()[:, :3] * 255).astype(np.uint8))[1]
    np.testing.assert_allclose(ab, centres, atol=1.5)
    assert [text.get_text() for text in fig.axes[0].get_legend().get_texts()] == [
        "near: 3",
        "far: 1",
    ]


def test_values_on_bins_share_one_scale_and_an_empty_bin_is_a_cross():
    centres = np.float32([[0, 0], [10, 0], [20, 0]])
    fig = plots.bin_values(
        {"raw": np.array([0.9, 0.1, 0]), "smooth": np.array([0.6, 0.3, 0.1])}, centres, "share"
    )
    raw, smooth = (axis.collections[0] for axis in fig.axes[:2])
    assert raw.norm is smooth.norm and (raw.norm.vmin, raw.norm.vmax) == (0.1, 0.9)
    assert (
        fig.axes[0].lines[0].get_xdata().tolist() == [20]
        and fig.axes[1].lines[0].get_xdata().tolist() == []
    )


def test_in_a_distribution_the_area_is_the_probability():
    centres = np.float32([[0, 0], [10, 0], [20, 0]])
    fig = plots.distributions({"p": [0.5, 0.25, 0.25], "q": [1, 0, 0]}, centres, {"true": [10, 0]})
    first, second = fig.axes
    sizes = first.collections[0].get_sizes()
    assert sizes[0] == 2 * sizes[1] == 2 * sizes[2]
    assert len(second.collections[0].get_offsets()) == 1
    assert second.lines[0].get_xdata().tolist() == [10]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["true"]


def test_a_photo_with_numbered_pixels_stands_left_of_their_distributions(photo):
    centres = np.float32([[0, 0], [10, 0]])
    fig = plots.distributions(
        {"1": [1, 0], "2": [0, 1]}, centres, {"true": [[0, 0], [10, 0]]}, photo, [(3, 4), (5, 6)]
    )
    np.testing.assert_array_equal(fig.axes[0].images[0].get_array(), photo)
    assert [(text.get_text(), text.get_position()) for text in fig.axes[0].texts] == [
        ("1", (4, 3)),
        ("2", (6, 5)),
    ]
    assert [axis.lines[0].get_xdata().tolist() for axis in fig.axes[1:]] == [[0], [10]]


def test_normalisation_activation_and_dropout_are_no_blocks_of_an_architecture():
    import keras

    photo = keras.layers.Input((16, 16, 1))
    x = keras.layers.Conv2D(4, 1)(photo)
    for layer in (
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.SpatialDropout2D(0.1),
    ):
        x = layer(x)
    axis = plots.architecture(keras.Model(photo, keras.layers.Concatenate()([x, photo]))).axes[0]
    assert [text.get_text() for text in axis.texts[::2]] == ["1", "4", "5"]
    legend = [text.get_text() for text in axis.get_legend().get_texts()]
    assert legend == ["input", "convolution", "laid side by side"]


def test_an_architecture_is_drawn_layer_by_layer_through_models_inside_it():
    import keras

    half = keras.Sequential(
        [keras.layers.Input((16, 16, 8)), keras.layers.Conv2D(6, 1), keras.layers.MaxPooling2D()]
    )
    photo = keras.layers.Input((16, 16, 1))
    whole = keras.Model(
        photo,
        keras.layers.Conv2DTranspose(2, 3, 2, padding="same")(
            half(keras.layers.Conv2D(8, 1)(photo))
        ),
    )
    axis = plots.architecture(whole).axes[0]
    written = [text.get_text() for text in axis.texts]
    assert list(zip(written[1::2], written[::2], strict=True)) == [
        ("16", "1"),
        ("16", "8"),
        ("16", "6"),
        ("8", "6"),
        ("16", "2"),
    ]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == [
        "input",
        "convolution",
        "pooling",
        "transposed convolution",
    ]

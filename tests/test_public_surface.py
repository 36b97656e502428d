"""What `import millwright as mw` offers: listed, and all of it there."""

import millwright


def test_everything_listed_is_there() -> None:
    assert set(millwright.__all__) == {"Choices", "MillwrightError", "Project", "Spec", "__version__", "init"}
    for name in millwright.__all__:
        assert getattr(millwright, name) is not None


def test_what_is_not_there_is_said_plainly() -> None:
    try:
        millwright.trian  # noqa: B018
    except AttributeError as error:
        assert "trian" in str(error)  # noqa: PT017
    else:
        raise AssertionError("an unknown name must not resolve")

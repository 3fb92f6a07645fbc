"""Files of sections and keys, as entry points and setup.cfg are written."""


def read_ini(text: str) -> dict[str, dict[str, str]]:
    """Return the values by section and key; keys keep their case.

    :raises ValueError: the text has another form.
    """
    import configparser

    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    try:
        parser.read_string(text.removeprefix("\ufeff"))
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    return {section: dict(parser.items(section)) for section in parser.sections()}

"""TOML: what is nested too deep is refused before it costs anything, wherever it hides, and only that."""

import pytest

from bot.lineage.toml import TomlError, load_toml

DEEP = "a." * 60 + "a = 1"


@pytest.mark.parametrize(
    "before",
    [
        "",
        "[",
        'x = "#"\n',
        "x = '\"'\n",
        r'x = "\\"' + "\n",
        r'x = "\""' + "\n",
        'x = """a\n"b" """\n',
        "x = '''a'''''\n",
        'x = {y = """z"""", ',
        'x = {y = """z""""", ',
    ],
)
def test_a_deep_key_is_found_after_every_kind_of_text(before):
    with pytest.raises(TomlError, match="nested deeper than 40 levels") as caught:
        load_toml(f"{before}{DEEP}\n")
    assert caught.value.line == before.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"# {DEEP}\nx = 1\n", 1),
        (f'x = "{DEEP}"\n', DEEP),
        (f"x = '{DEEP}'\n", DEEP),
        (f'x = """\n{DEEP}"""\n', DEEP),
        (f"x = '''\n{DEEP}'''\n", DEEP),
        (f"x = [{'0.5, ' * 60}]\n", [0.5] * 60),
    ],
)
def test_dots_in_texts_comments_and_numbers_are_no_key(text, value):
    assert load_toml(text) == {"x": value}


def test_a_key_of_forty_parts_is_read():
    value = load_toml("a." * 39 + "a = 1\n")
    for _part in range(40):
        value = value["a"]
    assert value == 1

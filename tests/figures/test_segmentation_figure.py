import itertools

from components.figures.segmentation import Piece
from components.figures.segmentation_figure import place


def test_tokens_keep_their_order_and_no_line_is_wider_than_the_panel():
    pieces = [Piece(f" word{number}", splits=False) for number in range(50)]
    placed = place(pieces, width=120)
    assert [each.piece for each in placed] == pieces
    assert all(each.x + each.width <= 120 for each in placed)
    assert [(each.line, each.x) for each in placed] == sorted(
        (each.line, each.x) for each in placed
    )


def test_tokens_do_not_overlap():
    placed = place([Piece(" the", splits=False)] * 30, width=100)
    for one, other in itertools.pairwise(placed):
        assert other.line > one.line or other.x > one.x + one.width


def test_spaces_and_line_breaks_are_shown():
    placed = place([Piece(" a", splits=False), Piece("\n", splits=False)], width=100)
    assert [each.text for each in placed] == ["·a", "↵"]


def test_a_control_character_takes_the_room_of_its_escape():
    plain, control = place([Piece("x1b", splits=False), Piece("\x1b", splits=False)], width=100)
    assert control.text == "\\x1b"
    assert control.width > plain.width

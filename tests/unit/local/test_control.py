"""The files of secrets of a local stack, and its control token."""

import stat

from hookline.local.control import HEADER, control_file, control_token
from hookline.local.private_files import write_private


def mode(file):
    return stat.S_IMODE(file.stat().st_mode)


def test_a_token_is_random_per_stack_and_stays(tmp_path):
    (tmp_path / "other").mkdir()
    token = control_token(tmp_path)
    assert control_token(tmp_path) == token != control_token(tmp_path / "other")
    assert len(token) > 40


def test_its_file_is_a_header_line_that_only_this_user_can_read(tmp_path):
    token = control_token(tmp_path)
    assert control_file(tmp_path).read_text() == f"{HEADER}: {token}\n"
    assert mode(control_file(tmp_path)) == 0o600


def test_a_file_that_others_could_read_becomes_private(tmp_path):
    file = tmp_path / "secrets.json"
    file.write_text("{}")
    file.chmod(0o644)
    write_private(file, "new")
    assert (file.read_text(), mode(file)) == ("new", 0o600)

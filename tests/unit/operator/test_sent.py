"""The deliveries that can be sent again."""

from hookline.operator.sent import last, offered, remember


def test_the_last_delivery_of_each_source_is_kept_the_latest_last(tmp_path):
    assert last(tmp_path) == {}
    for source, fixture in (("stripe", "one"), ("github", "two"), ("stripe", "three")):
        remember(tmp_path, source, [source, fixture])
    assert list(last(tmp_path).items()) == [("github", ["github", "two"]), ("stripe", ["stripe", "three"])]


def test_the_latest_is_offered_first_then_a_fixture_of_each_other_deployed_source(tmp_path):
    remember(tmp_path, "gitlab", ["gitlab", "gone"])
    remember(tmp_path, "github", ["github", "pull_request_opened__ordinary"])
    remember(tmp_path, "stripe", ["stripe", "charge_succeeded__ordinary"])
    found = offered(tmp_path, ["github", "slack", "stripe"])
    assert found[:2] == [["stripe", "charge_succeeded__ordinary"], ["github", "pull_request_opened__ordinary"]]
    assert [words[0] for words in found[2:]] == ["slack"]


def test_a_broken_file_offers_fixtures(tmp_path):
    (tmp_path / "sent.json").write_text("{")
    assert [words[0] for words in offered(tmp_path, ["github"])] == ["github"]
    remember(tmp_path, "github", ["github", "one"])
    assert offered(tmp_path, ["github"]) == [["github", "one"]]

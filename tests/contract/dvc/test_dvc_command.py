"""What the real DVC does with outputs that are no plain files, once it has our rule."""

from bot.adapters.dvc_command import odd_in
from bot.adapters.dvc_runner import DvcRunner
from bot.adapters.git import GitRepository


def test_whatever_is_neither_file_nor_directory_is_found_and_no_link_is_followed(tmp_path):
    outside, model = tmp_path / "outside", tmp_path / "model"
    for folder in (outside, model / "deep"):
        folder.mkdir(parents=True)
    (outside / "loop").symlink_to(outside)
    (model / "weights").write_text("w")
    (model / "deep" / "folder").symlink_to(outside)
    (model / "alias").symlink_to("weights")
    (model / "dangling").symlink_to("nowhere")
    assert [path.relative_to(model).as_posix() for path in odd_in(model)] == [
        "alias",
        "dangling",
        "deep/folder",
    ]
    assert list(odd_in(outside / "loop")) == [outside / "loop"]
    assert list(odd_in(model / "weights")) == list(odd_in(model / "absent")) == []


def test_links_that_dvc_itself_makes_into_its_cache_are_no_stage_s(project, tmp_path):
    config = (project.root / ".dvc" / "config").read_text()
    project.write(".dvc/config", config + "[cache]\n    type = symlink\n")
    project.commit(in__txt="other\n")
    runner = DvcRunner(project.root, tmp_path / "environments", run_cache=True)
    stages, done = ("one", "two"), []
    for _time in range(2):
        with GitRepository(project.root).fresh("HEAD") as checkout:
            assert runner.prepare(checkout.path, None) is None
            done.append(runner.reproduce(checkout.path, stages, ()))
            for path in ("one.txt", "two/copy.txt"):
                assert (checkout.path / path).is_symlink()
    assert tuple(run.stage for run in done[0].ran) == done[1].restored == stages

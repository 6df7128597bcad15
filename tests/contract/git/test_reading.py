"""Reading commits of real repositories."""

from pathlib import Path

import pytest

from bot.adapters.folder import DirectoryTree
from bot.adapters.git import GitRepository
from bot.adapters.git_tree import TOGETHER
from bot.errors import ExitCode, InvalidInputError, NotEvaluatedError, UnavailableError


@pytest.mark.parametrize("name", ["nowhere", "", "main..main", "--all", "a\0b", "f" * 40, "HEAD:readme", "é"])
def test_a_revision_that_does_not_exist_is_our_input_error_and_names_the_remedy(work, name):
    with pytest.raises(InvalidInputError, match="There is no revision") as caught:
        GitRepository(work.root).resolve(name)
    assert caught.value.exit_code == ExitCode.INVALID
    assert "git fetch origin" in caught.value.todo
    assert repr(name) in caught.value.what


def test_outside_a_repository_the_error_says_so(tmp_path):
    with pytest.raises(InvalidInputError, match="not inside a Git work tree"):
        GitRepository.containing(tmp_path)
    with pytest.raises(InvalidInputError, match="There is no directory"):
        GitRepository.containing(tmp_path / "gone")


def test_the_repository_is_found_from_a_subdirectory_and_git_dir_of_a_hook_does_not_mislead(
    work, tmp_path, monkeypatch
):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nonsense"))
    work.commit_files({"deep/er/x": "1"})
    assert GitRepository.containing(work.root / "deep" / "er").root == work.root


def test_the_first_parents_are_main_s_own_line_newest_first_and_a_merged_branch_is_not_of_it(work):
    one = work.commit(a="1")
    work.git("checkout", "--quiet", "-b", "side")
    side = work.commit(b="2")
    work.git("checkout", "--quiet", "main")
    two = work.commit(a="3")
    work.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    merge = work.git("rev-parse", "HEAD")
    line = GitRepository(work.root).first_parents(merge, 10)
    assert line[:3] == (merge, two, one)
    assert side not in line
    assert GitRepository(work.root).first_parents(merge, 2) == (merge, two)


def test_a_commit_tells_whose_it_is_and_what_it_follows(work):
    one = work.commit(a="1")
    work.git("checkout", "--quiet", "-b", "side")
    side = work.commit(b="2")
    work.git("checkout", "--quiet", "main")
    two = work.commit(a="3")
    work.git("merge", "--quiet", "--no-ff", "--message", "\nm\n", "side")
    merge = work.git("rev-parse", "HEAD")
    read = GitRepository(work.root).commit_of
    assert (read(merge).parents, read(merge).author) == ((two, side), "ann")
    assert read(side).parents == (one,)


def test_no_common_ancestor_is_could_not_evaluate(work):
    one = work.commit(a="1")
    work.git("checkout", "--quiet", "--orphan", "other")
    other = work.commit(b="2")
    with pytest.raises(NotEvaluatedError, match="no common ancestor"):
        GitRepository(work.root).merge_base(one, other)


@pytest.fixture
def shallow(work, tmp_path):
    """A clone of depth 1 of a history with three commits, and the sha of the first."""
    first = work.git("rev-parse", "HEAD")
    work.commit(a="1")
    work.commit(a="2")
    work.git("push", "--quiet", "origin", "main")
    work.git("clone", "--quiet", "--depth=1", f"file://{tmp_path}/origin.git", str(tmp_path / "shallow"))
    return GitRepository(tmp_path / "shallow"), first


def test_a_shallow_clone_cannot_tell_ancestry_so_it_does_not_say_no(shallow):
    repository, first = shallow
    head = repository.resolve("HEAD")
    with pytest.raises(NotEvaluatedError, match="fetch-depth: 0"):
        repository.merge_base(first, head)
    with pytest.raises(NotEvaluatedError, match="Cannot tell whether"):
        repository.is_ancestor(first, head)
    repository.fetch(first)
    with pytest.raises(NotEvaluatedError, match="the clone is shallow"):
        repository.is_ancestor(first, head)


def test_a_fresh_checkout_of_a_shallow_clone_works_also_for_a_commit_no_branch_names(shallow):
    repository, _ = shallow
    (repository.root / "a").write_text("dirty")
    snapshot = repository.snapshot()
    with repository.fresh(snapshot) as checkout:
        assert checkout.files.read("a") == b"dirty"


def test_ancestry_of_a_whole_clone(work):
    repository = GitRepository(work.root)
    first = repository.resolve("HEAD")
    second = work.commit(a="1")
    assert repository.is_ancestor(first, second)
    assert repository.is_ancestor(first, first)
    assert not repository.is_ancestor(second, first)
    assert repository.merge_base(first, second) == first
    with pytest.raises(NotEvaluatedError):
        repository.is_ancestor("0" * 40, second)


def test_a_tree_reads_odd_names_and_takes_no_symbolic_link_for_a_file(work):
    names = ["with space", "üñí/çödé", "new\nline", "tab\there", "-dash", 'quo"te', "a/b.txt"]
    for name in names:
        work.write(name, name)
    (work.root / "link").symlink_to("readme")
    Path(work.root, b"caf\xe9".decode("utf-8", "surrogateescape")).write_text("latin")
    work.commit()
    tree = GitRepository(work.root).tree("HEAD")
    assert all(tree.read(name) == name.encode() for name in names)
    assert tree.read("link") is None
    assert tree.md5("link") is None
    assert tree.read("a") is None
    assert tree.read("caf\udce9") == b"latin"
    assert tree.paths() == tuple(sorted([*names, "readme", "caf\udce9"]))
    assert tree.paths("a") == tree.paths("a/") == ("a/b.txt",)
    assert tree.paths("readme") == ()
    assert tree.md5("readme") == "5bbf5a52328e7439ae6e719dfe712200"


def test_a_tree_is_what_its_sha_says_although_a_replacement_object_says_otherwise(work):
    first = work.commit(a="true\n")
    forged = work.commit(a="forged\n")
    work.git("replace", first, forged)
    assert GitRepository(work.root).tree(first).read("a") == b"true\n"


def test_a_missing_object_is_an_error_and_not_an_absent_file(work):
    work.commit(a="1\n")
    blob = work.git("rev-parse", "HEAD:a")
    (work.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(UnavailableError, match="git fsck"):
        GitRepository(work.root).tree("HEAD").read("a")


def test_files_fetched_together_are_the_files_fetched_one_by_one(work):
    names = [f"a/{number}" for number in range(TOGETHER + 5)]
    work.commit(**{name: name for name in names}, b="b", empty="")
    tree = GitRepository(work.root).tree("HEAD")
    tree.warm(["a", "b", "empty", "b", "not there", "s3://x", ""])
    (work.root / ".git").rename(work.root / "away")
    assert [tree.read(name) for name in (*names, "b", "empty")] == [*map(str.encode, names), b"b", b""]


def test_no_answer_is_taken_for_the_one_after_a_missing_object(work):
    work.commit(a="1\n", b="2\n", c="3\n", d="4\n")
    blob = work.git("rev-parse", "HEAD:b")
    (work.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    tree = GitRepository(work.root).tree("HEAD")
    for names in (["a", "b", "c"], ["d"]):
        with pytest.raises(UnavailableError, match="git fsck"):
            tree.warm(names)
    assert tree.read("a") == b"1\n"


def test_fetch_takes_the_branch_and_not_a_tag_of_the_same_name(work):
    main = work.git("rev-parse", "main")
    evil = work.commit(policy="minimum: 0")
    work.git("push", "--quiet", "origin", f"{evil}:refs/tags/main")
    assert GitRepository(work.root).fetch("main") == main
    assert GitRepository(work.root).fetch("refs/tags/main") == evil
    with pytest.raises(UnavailableError, match="Could not fetch"):
        GitRepository(work.root).fetch("refs/pull/7/head")


def test_a_snapshot_has_everything_of_the_work_tree_and_leaves_the_person_alone(work):
    work.write(".gitignore", "ignored\n")
    work.commit(kept="1", staged="1", unstaged="1", deleted="1", script="1")
    work.write("staged", "2")
    work.git("add", "staged")
    work.write("unstaged", "2")
    work.write("untracked", "2")
    work.write("ignored", "2")
    work.write(".modelbot/cache/big", "2")
    (work.root / "deleted").unlink()
    (work.root / "script").chmod(0o755)
    status, head = work.git("status", "--porcelain"), work.git("rev-parse", "HEAD", "main")
    index = (work.root / ".git" / "index").read_bytes()
    repository = GitRepository(work.root)
    snapshot = repository.snapshot()
    tree = repository.tree(snapshot)
    assert {path: tree.read(path) for path in tree.paths()} == {
        ".gitignore": b"ignored\n",
        "kept": b"1",
        "staged": b"2",
        "unstaged": b"2",
        "untracked": b"2",
        "script": b"1",
        "readme": b"one\n",
    }
    assert work.git("ls-tree", snapshot, "script").startswith("100755")
    assert repository.merge_base("main", snapshot) == head.splitlines()[0]
    assert (work.root / ".git" / "index").read_bytes() == index
    assert (work.git("status", "--porcelain"), work.git("rev-parse", "HEAD", "main")) == (status, head)


def test_a_fresh_checkout_has_nothing_of_the_work_tree_and_goes_away_whatever_happens(work, tmp_path):
    work.write("leftover", "of another branch")
    work.write("readme", "dirty")
    repository = GitRepository(work.root, scratch=tmp_path)
    seen = []

    def fail_inside():
        with repository.fresh(repository.resolve("HEAD")) as checkout:
            seen.append(checkout)
            assert checkout.files.paths() == ("readme",)
            assert checkout.files.read("readme") == b"one\n"
            (checkout.path / "made").write_text("by a stage")
            (checkout.path / "made").chmod(0o400)
            assert checkout.files.read("made") == b"by a stage"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_inside()
    assert not seen[0].path.exists()
    assert work.git("status", "--porcelain").splitlines() == ["M readme", "?? leftover"]
    assert not list(tmp_path.glob("modelbot-*"))


def test_a_revision_that_is_gone_cannot_be_checked_out(work):
    repository = GitRepository(work.root)
    with pytest.raises(UnavailableError, match="Could not check out"), repository.fresh("0" * 40):
        pass


def test_no_hook_of_a_template_or_of_the_repository_runs_in_a_fresh_checkout(work, tmp_path):
    hook = work.root / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    with GitRepository(work.root).fresh("main"):
        assert not (tmp_path / "ran").exists()


def test_files_of_a_directory_are_never_read_through_a_symbolic_link(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("s")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "file").write_text("f")
    (inside / "link").symlink_to(outside / "secret")
    (inside / "folder").symlink_to(outside)
    tree = DirectoryTree(inside)
    for path in ("link", "folder/secret", "../outside/secret", str(outside / "secret"), "file/x", ""):
        assert tree.read(path) is None
    assert tree.paths() == ("file",)
    assert tree.paths("folder") == tree.paths("../outside") == ()

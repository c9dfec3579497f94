"""The command ``amitypes-codegen``."""

from __future__ import annotations

import json
import keyword
import sys
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amitypes_codegen.errors import CodegenError, OutputError
from amitypes_codegen.model import review
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay import entries as overlay
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.reading.prose_reader import read_prose
from amitypes_codegen.reading.source import load_source
from amitypes_codegen.reading.spec_reader import provenance, read_spec
from amitypes_codegen.rendering import render, writer
from amitypes_codegen.specs import diff as differences
from amitypes_codegen.specs.folder import file_name, load_spec, load_specs, write_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from amitypes_codegen.overlay.entries import Overlay
    from amitypes_codegen.specs.spec import Spec

_SPECS = Path("specs")
_OUT = Path("src/amitypes/_generated")

_EXIT_CODES = """\b
Exit codes:
  0  all is well
  1  a difference was found (check, diff)
  2  wrong usage, or input that can't be used
"""


_VERIFY_EPILOG = """The password comes from the environment variable AMITYPES_PASSWORD, else it is asked for. The user
needs read=all and write=system,call,reporting in manager.conf to see all there is.

\b
Exit codes:
  0  the types know all that came
  1  something came that they don't know, or tell wrongly
  2  wrong usage, or there was nothing to judge: not reached, refused, or the connection broke
"""


class _Group(click.Group):
    """Turns the generator's own errors into a message and exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CodegenError as error:
            raise _Refused(str(error)) from error


class _Refused(click.ClickException):
    exit_code = 2


def _version() -> str:
    try:
        return metadata.version("amitypes")
    except metadata.PackageNotFoundError:
        return "of a source tree"


_existing = click.Path(exists=True, path_type=Path)
_path = click.Path(path_type=Path)
_specs_option = click.option(
    "--specs", type=_path, default=_SPECS, show_default=True, help="The folder of the specs and their lock."
)
_overlay_option = click.option(
    "--overlay",
    "overlays",
    type=_existing,
    multiple=True,
    help="A file or folder of facts, besides the ones that come with the specs; may be given several times.",
)
_out_option = click.option(
    "--out", type=_path, default=None, help=f"The package to generate. [default: {_OUT}; none with --xml]"
)


@click.group(cls=_Group, epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="amitypes-codegen")
def main() -> None:
    """Generate a typed Python package for AMI from Asterisk's XML documentation."""


@main.command(epilog=_EXIT_CODES)
@click.argument("xml", nargs=-1, required=True, type=_existing)
@click.option("--release", help="The Asterisk release, where the file's name doesn't tell. One XML only.")
@_specs_option
def read(xml: Sequence[Path], release: str | None, specs: Path) -> None:
    """Read XML into specs, one for each branch.

    XML is a core-en_US.xml, packed (.xml.xz, .xml.gz) or not, or the documentation folder of an installed Asterisk.
    """
    if release is not None and len(xml) > 1:
        raise click.UsageError("--release is for one XML; of several, the names have to tell")
    found = []
    with _progress("Reading", [str(path) for path in xml]) as begin:
        for path in xml:
            begin()
            document = load_source(path, release)
            found.append((read_spec(document), document))
    changed = write_specs(specs, [(spec, provenance(document)) for spec, document in found])
    for spec, document in found:
        click.echo(f"{document.path}: Asterisk {spec.release}, {len(spec.actions)} actions, {len(spec.events)} events")
    for path in changed:
        click.echo(f"written: {path}")
    if not changed:
        click.echo("no spec has changed")


@main.command(epilog=_EXIT_CODES)
@_specs_option
@_overlay_option
@_out_option
@click.option("--xml", type=_existing, help="Generate for the one server of this documentation, instead of the specs.")
@click.option("--release", help="The release of --xml, where the file's name doesn't tell.")
@click.option("--prose", "with_prose", is_flag=True, help="With --xml: put its descriptions into the docstrings.")
def generate(  # noqa: PLR0917 - click passes them by name
    specs: Path, overlays: Sequence[Path], out: Path | None, xml: Path | None, release: str | None, with_prose: bool
) -> None:
    """Generate the package: from the specs, or with --xml for one server.

    With --xml, the package has clients of its own: from PACKAGE import TCPClient, actions, events, responses.
    """
    if xml is None:
        if release is not None or with_prose:
            raise click.UsageError("--release and --prose are for --xml")
        files = _of_specs(specs, overlays)
        out = out or _OUT
    else:
        if out is None:
            raise click.UsageError("--xml needs --out: the package to generate")
        _check_package(out)
        files = _of_xml(xml, release, overlays, with_prose=with_prose)
    done = writer.write(files, out)
    click.echo(f"{out}: {len(files)} files, {len(done.changed)} written, {len(done.stale)} removed")


@main.command(epilog=_EXIT_CODES)
@_specs_option
@_overlay_option
@_out_option
def check(specs: Path, overlays: Sequence[Path], out: Path | None) -> None:
    """Compare the generated package with what the specs give, and write nothing."""
    out = out or _OUT
    files = _of_specs(specs, overlays)
    found = writer.compare(files, out)
    for what, names in (
        ("differs", found.changed),
        ("is stale", found.stale),
        ("is no part of it", found.foreign),
    ):
        for name in names:
            click.echo(f"{out / name}: {what}")
    if found:
        click.echo("run `amitypes-codegen generate` and commit what it writes", err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"{out}: {len(files)} files, all as generated")


@main.command(epilog=_EXIT_CODES)
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--release", help="The release of the XML, where the file's name doesn't tell. One XML only.")
@_specs_option
def diff(old: str, new: str, as_json: bool, release: str | None, specs: Path) -> None:
    """Show what changed from A to B: branches (20), spec files, or XML."""
    if release is not None and _is_xml(old) == _is_xml(new):
        raise click.UsageError("--release is for one XML; the other side has to be a branch or a spec file")
    with _progress("Reading", [old, new]) as begin:
        begin()
        before = _spec(old, specs, release)
        begin()
        after = _spec(new, specs, release)
    changes = differences.compare(before, after)
    click.echo(json.dumps(changes.as_dict(), indent=2) if as_json else changes.as_text().rstrip("\n"))
    if changes:
        raise click.exceptions.Exit(1)


@main.command("types", epilog=_EXIT_CODES)
@click.option(
    "--undecided",
    is_flag=True,
    help="List only the headers whose type, and the actions whose answer, nobody has reviewed.",
)
@_specs_option
@_overlay_option
def show_types(undecided: bool, specs: Path, overlays: Sequence[Path]) -> None:
    """Show the type of every field and parameter, and how it is known.

    The columns are separated by tabs. With --undecided: in how many models, where, and the header's name.
    """
    model = merge(load_specs(specs), _facts_of(specs, overlays))
    found = review.rows(model)
    if undecided:
        for name in review.undecided_answers(model):
            click.echo(f"1\tanswers\t{name}")
        for group, name, count in review.undecided(found):
            click.echo(f"{count}\t{group}\t{name}")
    else:
        click.echo(review.table(found))
    click.echo(review.summary(found), err=True)


@main.command(epilog=_VERIFY_EPILOG)
@click.option("--host", help="The server's name or address.")
@click.option("--port", type=int, help="[default: 5038 (TCP), 5039 (TLS), 8088 (HTTP), 8089 (HTTPS)]")
@click.option("--username", metavar="USER", help="The manager user; with --host.")
@click.option("--tls", is_flag=True, help="Use TLS.")
@click.option("--ca", metavar="FILE", help="What to trust besides the system's CAs, as PEM; with --tls.")
@click.option("--http", is_flag=True, help="Use HTTP instead of TCP.")
@click.option(
    "--duration",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long to listen; Ctrl-C ends it early, with the report.",
)
@click.option("--no-actions", is_flag=True, help="Only listen; by default actions that change nothing are asked once.")
@click.option(
    "--action",
    "actions",
    metavar="NAME",
    multiple=True,
    help="Ask this, too: NAME, or NAME:Header=value;Header=value. It is sent, whatever it does. May be given again.",
)
@click.option(
    "--from",
    "recordings",
    type=_existing,
    multiple=True,
    help="Judge recorded bytes of a server instead, as it sent them over TCP; may be given several times.",
)
@click.option("--package", default="amitypes", show_default=True, help="Whose types to judge: a generated package.")
@click.option("--release", help="The server's Asterisk release, where it doesn't tell.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--show-values", is_flag=True, help="Show values that came, shortened, and not just what they look like.")
@click.option("--overlay-out", type=_path, metavar="FILE", help="Write overlay entries for what was found there.")
@_overlay_option
def verify(  # noqa: PLR0917 - click passes them by name
    host: str | None,
    port: int | None,
    username: str | None,
    tls: bool,
    ca: str | None,
    http: bool,
    duration: float,
    no_actions: bool,
    actions: Sequence[str],
    recordings: Sequence[Path],
    package: str,
    release: str | None,
    as_json: bool,
    show_values: bool,
    overlay_out: Path | None,
    overlays: Sequence[Path],
) -> None:
    """Listen to a server, and tell what it sends that the types don't know.

    It changes nothing there. The report shows what values look like, not what they are, so that it can be shown to
    others; --overlay-out writes what `generate --overlay` takes.
    """
    if bool(host) == bool(recordings):
        raise click.UsageError("expected either --host, a server, or --from, a recording")
    if recordings and (port or username or tls or http or actions):
        raise click.UsageError("--from can't be combined with options of a connection")
    if host and not username:
        raise click.UsageError("--host needs --username: the manager user")
    if ca and not tls:
        raise click.UsageError("--ca needs --tls")
    # The one command that needs the runtime, and all that it imports.
    from amitypes_codegen.verify.run import Options, run

    options = Options(
        host=host,
        port=port,
        username=username,
        tls=tls,
        ca=ca,
        http=http,
        duration=duration,
        read_only_actions=not no_actions,
        actions=actions,
        recordings=recordings,
        package=package,
        release=release,
        as_json=as_json,
        show_values=show_values,
        overlay_out=overlay_out,
    )
    known = _shipped_facts(overlays)
    raise click.exceptions.Exit(run(options, known))


def _facts_of(specs: Path, overlays: Sequence[Path]) -> Overlay:
    """The overlay of a folder of specs, corrected by the user's own."""
    own = specs / "overlay"
    return overlay.join([load_overlay([own] if own.is_dir() else []), load_overlay(overlays)])


def _shipped_facts(overlays: Sequence[Path]) -> Overlay:
    """The overlay that comes with the generator, as far as it fits one server, corrected by the user's own."""
    return overlay.join([load_overlay([_shipped_overlay()], strict=False), load_overlay(overlays)])


def _of_specs(specs: Path, overlays: Sequence[Path]) -> dict[str, str]:
    with _progress("Generating", ["specs", "merge", "print", "format"]) as begin:
        begin()
        found = load_specs(specs)
        begin()
        model = merge(found, _facts_of(specs, overlays))
        review.check_answers(model)
        begin()
        files = render.render(model)
        begin()
        return writer.formatted(files)


def _of_xml(xml: Path, release: str | None, overlays: Sequence[Path], *, with_prose: bool) -> dict[str, str]:
    with _progress("Generating", ["XML", "merge", "print", "format"]) as begin:
        begin()
        document = load_source(xml, release)
        spec = read_spec(document)
        begin()
        model = merge([spec], _shipped_facts(overlays))
        begin()
        files = render.render(model, custom=True, prose=read_prose(document) if with_prose else None)
        begin()
        return writer.formatted(files)


def _shipped_overlay() -> Path:
    """The overlay: in an installed package in a folder of its own, in the repository among the specs."""
    package = Path(__file__).parents[1]
    shipped = package / "overlay" / "shipped"
    return shipped if shipped.is_dir() else package.parents[1] / "specs" / "overlay"


def _check_package(out: Path) -> None:
    name = out.resolve().name
    if not name.isidentifier() or keyword.iskeyword(name) or name == "amitypes":
        raise OutputError(f"{name!r} is no name for a Python package; choose one such as mypbx", path=out)


def _is_xml(name: str) -> bool:
    return not name.isdecimal() and not name.endswith(".json")


def _spec(name: str, specs: Path, release: str | None) -> Spec:
    if _is_xml(name):
        return read_spec(load_source(name, release))
    return load_spec(specs / file_name(int(name)) if name.isdecimal() else name)


@contextmanager
def _progress(label: str, steps: Sequence[str]) -> Iterator[Callable[[], object]]:
    """A progress bar for people; nothing where no terminal is. Each call begins the next step."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(
        steps, label=label, file=sys.stderr, show_eta=False, item_show_func=lambda step: step or ""
    ) as bar:
        begun = iter(bar)
        yield lambda: next(begun, None)
        next(begun, None)

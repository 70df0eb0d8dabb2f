"""What travels to a cluster as one job: a specification, and the files that it names."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sekkei.identity import content_hash

SPECIFICATION = "campaign.yaml"
"""What the specification is called in the folder that travels."""


@dataclass(frozen=True, slots=True)
class JobBundle:
    """A campaign that can be run elsewhere."""

    name: str
    """Name of the campaign."""

    lake: str
    """Where its rows go: an absolute path there, or ``s3://bucket/prefix``."""

    text: str
    """Specification as YAML; files have their names in the bundle."""

    files: Mapping[str, Path]
    """Where each file is now, by its name in the bundle."""

    variables: tuple[str, ...] = ()
    """Environment variables that it needs there."""

    secrets: tuple[str, ...] = ()
    """Further ones that only a cluster which asks for a token may get."""

    @property
    def identity(self) -> str:
        """Hash of what is done, and into which lake."""
        contents = {name: file.read_bytes() for name, file in self.files.items()}
        return content_hash({"lake": self.lake, "text": self.text, "files": contents})

    def environment(self, environment: Mapping[str, str], *, with_secrets: bool) -> dict[str, str]:
        """Return the variables to send, as far as they are set here.

        Parameters
        ----------
        environment
            Of this process.
        with_secrets
            Whether secrets go, too: only to a cluster that asks for a token, for who may read its
            jobs may read their variables.
        """
        wanted = self.variables + (self.secrets if with_secrets else ())
        return {name: environment[name] for name in wanted if environment.get(name)}


@contextmanager
def unfolded(bundle: JobBundle) -> Iterator[Path]:
    """Write a bundle into a folder that is there as long as the context."""
    with TemporaryDirectory(prefix="sekkei-") as name:
        folder = Path(name)
        (folder / SPECIFICATION).write_text(bundle.text, "utf-8")
        for inner, file in bundle.files.items():
            shutil.copyfile(file, folder / inner)
        yield folder

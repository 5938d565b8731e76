"""Everybody has a storage from the beginning, as clients that upload expect."""

import pytest

from plugin.service.config import User
from tests.kit.annotation_service import ADMIN, GUEST, MEMBER, AnnotationClient, AnnotationService
from tests.plugin.service.annotations.drawn import unique


@pytest.mark.parametrize("user", [ADMIN, MEMBER, GUEST], ids=lambda user: user.name)
def test_who_never_made_a_storage_has_one(user: User, service: AnnotationService) -> None:
    with service.client(user) as client:
        me = client.get("/api/user/current.json").json()["id"]
        own = [each for each in client.list("storage.json") if each["user"] == me]
    assert f"{user.name} storage" in [each["name"] for each in own]


def test_a_user_who_is_added_gets_a_storage_that_goes_with_the_user(admin: AnnotationClient) -> None:
    user = admin.add("user", username=unique("new"))["id"]
    (storage,) = [each for each in admin.list("storage.json") if each["user"] == user]
    assert admin.delete(f"/api/user/{user}.json").status_code == 200
    assert admin.get(f"/api/storage/{storage['id']}.json").status_code == 404


def test_a_user_whose_storage_holds_files_stays(admin: AnnotationClient) -> None:
    user = admin.add("user", username=unique("keeper"))["id"]
    (storage,) = [each for each in admin.list("storage.json") if each["user"] == user]
    file = {"originalFilename": "a.tif", "filename": "a.tif", "storage": storage["id"]}
    admin.add("uploadedfile", **file)
    assert admin.delete(f"/api/user/{user}.json").status_code == 409
    assert admin.get(f"/api/storage/{storage['id']}.json").status_code == 200

"""By which door a request came in."""

from plugin.service.access.doors import Door, door


def test_a_request_that_came_through_no_entrance_is_a_strangers() -> None:
    assert door({"type": "http"}) is Door.API


def test_a_request_keeps_the_door_it_came_through() -> None:
    assert door({"type": "http", "ophtha.door": Door.ORTHANC}) is Door.ORTHANC

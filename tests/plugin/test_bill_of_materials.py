from plugin.standalone.bill_of_materials import bill, python_parts, web_parts


def test_every_part_has_a_version_an_address_and_a_licence() -> None:
    parts = [*python_parts(), *web_parts()]
    components = bill(parts)["components"]
    assert isinstance(components, list)
    purls = [each["purl"] for each in components]
    assert len(purls) == len(set(purls))
    assert {"pydicom", "fastapi", "ol", "preact"} <= {part.name for part in parts}
    assert [part.name for part in parts if not (part.version and part.licence)] == []
    assert all(len(part.licence) < 200 for part in parts)

from tests.kit.product import Product

BODY = {"Metadata": "ModifiedFrom", "Copies": {}}


def test_only_the_service_may_note_origins(product: Product) -> None:
    assert product.post("/plugins/ophtha/origins", json=BODY).status_code == 403
    with product.client() as client:
        headers = {"Authorization": "Bearer guessed"}
        assert client.post("/plugins/ophtha/origins", json=BODY, headers=headers).status_code == 403
    assert product.get("/plugins/ophtha/origins").status_code == 405

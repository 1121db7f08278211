"""A member of staff who signs in and out with the forms, as tests meet one."""

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

EMAIL = "leder@example.dk"
PASSWORD = "søde Åse spiser æbler"


def sign_in(
    client: FlaskClient,
    email: str = EMAIL,
    password: str = PASSWORD,
    next_page: str = "",
    address: str = "192.0.2.1",
) -> TestResponse:
    page = client.get("/staff/login", query_string={"next": next_page} if next_page else {})
    data = {
        "email": email,
        "password": password,
        "csrf_token": form_token(page.text),
        "next": next_page,
    }
    return client.post("/staff/login", data=data, environ_base={"REMOTE_ADDR": address})


def sign_out(client: FlaskClient) -> TestResponse:
    data = {"csrf_token": form_token(client.get("/staff/").text)}
    return client.post("/staff/logout", data=data)


def is_in(client: FlaskClient) -> bool:
    response = client.get("/staff/")
    assert response.status_code in {200, 302}
    return response.status_code == 200


def form_token(page: str) -> str:
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert token
    return token[1]

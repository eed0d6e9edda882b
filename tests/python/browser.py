"""What a person does on the simulator's pages, without a browser: forms are filled in and sent."""

from html.parser import HTMLParser

import httpx

from conftest import PASSWORD, USER


class _Form(HTMLParser):
    """The first form of a page, with what is filled in already."""

    def __init__(self, page: str):
        super().__init__()
        self.action = None
        self.fields = {}
        self.found = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.found = True
            self.action = attributes.get("action")
        elif tag == "input" and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value", "")


def walk(url: str, until) -> str:
    """Opens an address, signs in, allows what is asked for; returns the address where it ends."""
    answers = {"email": USER, "password": PASSWORD, "decision": "allow"}
    with httpx.Client() as browser:
        page = browser.get(url)
        for _ in range(10):
            if page.has_redirect_location:
                target = str(page.url.join(page.headers["location"]))
                if until(target):
                    return target
                page = browser.get(target)
                continue
            assert page.is_success, page.text
            form = _Form(page.text)
            if not form.found:
                return str(page.url)
            action = page.url.join(form.action) if form.action else page.url
            page = browser.post(action, data={**form.fields, **answers})
    raise AssertionError(f"no end after {url}")


def approve(simulator, user_code: str):
    """Approves a device."""
    walk(f"{simulator.url}/activate?user_code={user_code}", lambda target: False)


def authorize(simulator, url: str, redirect_uri: str) -> str:
    """Allows a program, and returns the address that it is called back at."""
    path = httpx.URL(url).raw_path.decode()
    return walk(simulator.url + path, lambda target: target.startswith(redirect_uri))

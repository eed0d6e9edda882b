"""Runs a command on a terminal, and does there what the person of a guide does.

When the command shows the address of a sign-in page, the person signs in and allows access. When it
waits for a pasted address, the person pastes it; when it asks for a password, the person types one.

`person.py --page ADDRESS` only signs in on that page, and prints the address where the browser ends.
"""

import http.cookiejar
import os
import pty
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

USER, PASSWORD = "jane@example.com", "pass;word"
ADDRESS = re.compile(r"^(http\S+/(?:auth/authorize|activate)\?\S+)\r?\n", re.MULTILINE)


class Stay(urllib.request.HTTPRedirectHandler):
    """Looks at redirects instead of following them."""

    def redirect_request(self, *_):
        return None


class Browser:
    def __init__(self):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar, Stay())

    def visit(self, url, fields=None):
        """Gives the page, or the address that the browser is sent to."""
        data = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            return self.opener.open(url, data, timeout=30).read().decode(), None
        except urllib.error.HTTPError as answer:
            if answer.code not in (302, 303):
                raise
            return "", urllib.parse.urljoin(url, answer.headers["Location"])

    def sign_in(self, url):
        """Goes through the pages, and gives the address outside of them where it ends."""
        host = urllib.parse.urlsplit(url).netloc
        while True:
            page, onward = self.visit(url)
            if not onward:
                csrf = re.search(r'name="csrf" value="([^"]*)"', page).group(1)
                fields = {"csrf": csrf}
                if 'name="user_code"' in page:
                    fields["user_code"] = re.search(r'name="user_code" value="([^"]*)"', page).group(1)
                    url = urllib.parse.urljoin(url, "/activate")
                elif 'name="password"' in page:
                    fields |= {"email": USER, "password": PASSWORD}
                else:
                    fields["decision"] = "allow"
                page, onward = self.visit(url, fields)
            if not onward or urllib.parse.urlsplit(onward).netloc != host:
                return onward
            url = onward


def main():
    if sys.argv[1] == "--page":
        print(Browser().sign_in(sys.argv[2]))
        return 0
    process, terminal = pty.fork()
    if process == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    shown, seen, ends_at = "", 0, None

    def said(words):
        nonlocal seen
        at = shown.find(words, seen)
        if at < 0:
            return False
        seen = at + len(words)
        return True

    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            # The terminal of a process that has ended.
            piece = b""
        if not piece:
            break
        shown += piece.decode(errors="replace")
        sys.stdout.write(piece.decode(errors="replace"))
        if address := ADDRESS.search(shown, seen):
            seen = address.end()
            ends_at = Browser().sign_in(address.group(1))
        if ends_at and ends_at.startswith("http://localhost"):
            try:
                urllib.request.urlopen(ends_at, timeout=30).read()
                ends_at = None
            except urllib.error.URLError:
                # The port is another program's, then it is pasted.
                pass
        if ends_at and said("the code in it:"):
            os.write(terminal, f"{ends_at}\n".encode())
            ends_at = None
        if said("the copy: ") or said("The same again: "):
            os.write(terminal, b"a password for the way\n")
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


sys.exit(main())

"""Multipart bodies: fields and files, read as they come. Files lie in memory up to a size, then in temporary files."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Collection
from contextlib import ExitStack, asynccontextmanager
from email.message import Message
from mimetypes import guess_type
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, NamedTuple
from unicodedata import category

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.gateway.body import Disconnected, has_body, lease
from mockcliq.gateway.call import Received
from mockcliq.runtime.journal import KEPT_BYTES

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_LOG = logging.getLogger("mockcliq.multipart")
_LOG.setLevel(logging.ERROR)  # what is malformed is answered, and no news

NO_FORM = Rule(
    "no_form",
    400,
    have="{have}",
    need="Content-Type: multipart/form-data; boundary=...",
    advice="Files come as a form. Send multipart/form-data, and let the HTTP library write its Content-Type.",
)
MALFORMED_FORM = Rule(
    "malformed_form",
    400,
    have="{have}",
    need="{need}",
    advice="The multipart body is malformed. Let an HTTP library write body and Content-Type together.",
)
MALFORMED_PART = Rule(
    "malformed_part",
    400,
    have="part {part} with {have}",
    need="{need}",
    advice="A part of the form is wrong. Send it as need says.",
)
NO_FILE = Rule(
    "no_file",
    400,
    have="parts: {parts}",
    need="a part {names} that has a filename",
    advice="The form has no file. Send each as a part of that name, with its filename.",
)
TOO_MANY_FILES = Rule(
    "too_many_files",
    400,
    have="more than {limit} files",
    need="at most {limit}",
    advice="A form has too many files. Send the rest in another request.",
)
FILE_TOO_LARGE = Rule(
    "file_too_large",
    400,
    have="more than {limit} bytes in {name}",
    need="at most {limit} in a file",
    advice="A file is too large. Send a smaller one.",
)

FILES_LIMIT = 10
FILE_LIMIT = 50 * 1024 * 1024
"""In bytes."""
_FIELDS_LIMIT = 20
_FIELD_LIMIT = 64 * 1024
_NAME_LIMIT = 255
_FORM_LIMIT = FILES_LIMIT * FILE_LIMIT + 1024 * 1024

_IN_MEMORY = 1024 * 1024
"""A file of more bytes is written to a temporary one."""

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?: *;[ -~]*)?", re.ASCII)
_HTML_ESCAPES = {"%22": '"', "%0D": "\r", "%0A": "\n"}
"""What browsers, and libraries that follow them, write in place of characters that would end a name."""
_HTML_ESCAPE = re.compile("|".join(_HTML_ESCAPES), re.IGNORECASE)


class Upload(NamedTuple):
    """A file of a form."""

    name: str
    type: str
    content: IO[bytes]
    size: int

    def read(self) -> bytes:
        self.content.seek(0)
        return self.content.read()


class Form:
    """What a multipart body has: ``fields`` by name, and ``files`` in their order."""

    def __init__(self, file_parts: Collection[str], kept: ExitStack) -> None:
        self.fields: dict[str, str] = {}
        self.files: list[Upload] = []
        self.is_complete = False
        self._file_parts = file_parts
        self._kept = kept
        self._header: tuple[bytearray, bytearray] = bytearray(), bytearray()
        self._headers: dict[str, str] = {}
        self._part = ""
        self._field = bytearray()
        self._file: Upload | None = None
        self._size = 0

    @property
    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls for each piece."""
        return {
            "on_part_begin": self._begin_part,
            "on_header_begin": self._begin_header,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_content,
            "on_part_data": self._take,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._headers = {}
        self._field = bytearray()
        self._file = None
        self._size = 0

    def _begin_header(self) -> None:
        self._header = bytearray(), bytearray()

    def _end_header(self) -> None:
        name, value = self._header
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def _begin_content(self) -> None:
        disposition = self._headers.get("content-disposition", "")
        kind, options = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in options:
            need = 'Content-Disposition: form-data; name="..."'
            raise Refusal(MALFORMED_FORM, have="a part without a name", need=need)
        self._part = _text(options[b"name"])
        file_name = _text(options[b"filename"]) if b"filename" in options else _extended_name(disposition)
        if file_name is not None:
            self._begin_file(file_name)
        elif self._part in self._file_parts:
            raise self._refusal("no filename", 'Content-Disposition: form-data; name="..."; filename="..."')
        elif self._part in self.fields:
            raise self._refusal("a name that another part has", "one part of that name")
        elif len(self.fields) == _FIELDS_LIMIT:
            raise Refusal(MALFORMED_FORM, have=f"more than {_FIELDS_LIMIT} fields", need="fewer")

    def _begin_file(self, given: str) -> None:
        name = _HTML_ESCAPE.sub(lambda found: _HTML_ESCAPES[found[0].upper()], given)
        if self._part not in self._file_parts:
            raise self._refusal(f"file {name}", f"the name {' or '.join(self._file_parts)}")
        if len(self.files) == FILES_LIMIT:
            raise Refusal(TOO_MANY_FILES, limit=FILES_LIMIT)
        if not name.strip() or len(name) > _NAME_LIMIT:
            raise self._refusal(f"filename={name}", f"a name of 1 to {_NAME_LIMIT} characters")
        if "/" in name or "\\" in name or name in (".", ".."):
            raise self._refusal(f"filename={name}", "a name without a path: no / and no \\")
        if any(category(each) == "Cc" for each in name):
            raise self._refusal(f"filename={name}", "a name without control characters")
        if self._headers.get("content-transfer-encoding", "binary").lower() not in ("binary", "8bit", "7bit"):
            raise self._refusal("a Content-Transfer-Encoding", "the file's bytes as they are")
        media_type = self._headers.get("content-type") or guess_type(name)[0] or "application/octet-stream"
        if not is_media_type(media_type):
            raise self._refusal(f"Content-Type: {media_type}", "a media type, such as image/png")
        content = self._kept.enter_context(SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - the stack closes it
        self._file = Upload(name, media_type, content, 0)

    def _take(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._file is None:
            if self._size > _FIELD_LIMIT:
                raise self._refusal(f"more than {_FIELD_LIMIT} bytes", f"at most {_FIELD_LIMIT}")
            self._field += data[start:end]
            return
        if self._size > FILE_LIMIT:
            raise Refusal(FILE_TOO_LARGE, limit=FILE_LIMIT, name=self._file.name)
        self._file.content.write(memoryview(data)[start:end])

    def _end_part(self) -> None:
        if self._file is None:
            try:
                self.fields[self._part] = self._field.decode()
            except UnicodeDecodeError:
                raise self._refusal("bytes that are no text", "text in UTF-8") from None
        elif not self._size:
            raise self._refusal(f"file {self._file.name}, which is empty", "a file of at least one byte")
        else:
            self.files.append(self._file._replace(size=self._size))

    def _end(self) -> None:
        self.is_complete = True

    def _refusal(self, have: str, need: str) -> Refusal:
        return Refusal(MALFORMED_PART, part=self._part, have=have, need=need)


@asynccontextmanager
async def read_form(call: Received, file_parts: Collection[str]) -> AsyncIterator[Form]:
    """Read a form with at least one file; its files are gone at the end.

    Args:
        call: The call. It keeps as much of the body as the journal does.
        file_parts: The names that parts with files have.

    Raises:
        Refusal: The form is malformed, too large, or has no file; the rest stays unread.
        Disconnected: The client closed the connection.
    """
    announced = call.header(b"content-length") or b""
    if announced.isdigit() and int(announced) > _FORM_LIMIT:
        raise Refusal(FILE_TOO_LARGE, limit=FILE_LIMIT, name=f"one of {FILES_LIMIT} files at least")
    with ExitStack() as kept:
        take = kept.enter_context(lease(call))
        form = Form(file_parts, kept)
        boundary = _boundary(call)
        try:
            parser = MultipartParser(boundary, form.callbacks)
            parser.logger = _LOG
            async for chunk in _chunks(call):
                take(len(chunk))
                parser.write(chunk)
        except FormParserError as error:
            need = "parts between lines of -- and the boundary of the Content-Type"
            raise Refusal(MALFORMED_FORM, have=str(error), need=need) from error
        if not form.is_complete:
            last = f"--{boundary.decode('latin-1')}--"
            raise Refusal(MALFORMED_FORM, have="a body without an end", need=f"a last line of {last}")
        if not form.files:
            raise Refusal(NO_FILE, parts=", ".join(form.fields) or "none", names=" or ".join(file_parts))
        await call.world.free()
        yield form


def is_media_type(text: str) -> bool:
    """Whether it may stand in a Content-Type header."""
    return len(text) <= _NAME_LIMIT and _MEDIA_TYPE.fullmatch(text) is not None


def _boundary(call: Received) -> bytes:
    content_type = (call.header(b"content-type") or b"").decode("latin-1")
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Refusal(NO_FORM, have=f"Content-Type: {content_type}" if content_type else "no Content-Type")
    return options[b"boundary"]


async def _chunks(call: Received) -> AsyncIterator[bytes]:
    """The body in pieces; the call keeps its beginning."""
    more = has_body(call)
    while more:
        message = await call.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        call.is_read = not more
        call.body_size += len(chunk)
        if len(call.raw_body) < KEPT_BYTES:
            call.raw_body += chunk[: KEPT_BYTES - len(call.raw_body)]
        if call.body_size > _FORM_LIMIT:
            raise Refusal(MALFORMED_FORM, have=f"more than {_FORM_LIMIT} bytes", need="fewer")
        yield chunk


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _extended_name(disposition: str) -> str | None:
    """The name where only ``filename*`` has it, as older libraries write one that is not ASCII."""
    if "filename*" not in disposition.lower():
        return None
    message = Message()
    message["content-disposition"] = disposition
    return message.get_filename()

"""The base of the FastAPI applications: no telemetry, and reference pages that work offline."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse

from mockcliq.public_url import PublicUrl, Scope
from mockcliq.version import __version__

_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}

DOCS_PATHS = ("/docs", *(f"/docs/{name}" for name in _ASSETS))
"""The paths of the page and its assets."""


class OfflineDocsApp(FastAPI):
    """A FastAPI application with its OpenAPI document at ``/openapi.json`` and a page for it at ``/docs``.

    The page's script and style come from an installed package. Telemetry is off in any environment.

    Args:
        title: The title of document and page.
        public_url: Tells the server's URL.
        below: The application's path, below the server's URL.
        **arguments: FastAPI's.
    """

    def __init__(self, title: str, public_url: PublicUrl, below: str = "", **arguments: Any) -> None:
        super().__init__(
            title=title,
            version=__version__,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
            **arguments,
        )
        self._public_url = public_url
        self._below = below
        self.add_route("/openapi.json", self._document, include_in_schema=False)
        self.add_route("/docs", self._page, include_in_schema=False)
        for name in _ASSETS:
            self.add_route(f"/docs/{name}", self._asset, include_in_schema=False)

    async def _document(self, request: Request) -> JSONResponse:
        document, mount = self.openapi(), self._mount(request)
        url = (self._public_url.told(mount) or self._public_url.path(mount)) + self._below
        return JSONResponse({**document, "servers": [{"url": url}]} if url else document)

    async def _page(self, request: Request) -> HTMLResponse:
        root = self._public_url.path(self._mount(request)) + self._below
        return get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=self.title,
            swagger_js_url=f"{root}/docs/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/docs/swagger-ui.css",
            swagger_favicon_url=f"{root}/docs/favicon.png",
            oauth2_redirect_url=None,
        )

    def _mount(self, request: Request) -> Scope:
        return {**request.scope, "root_path": request.scope.get("root_path", "").removesuffix(self._below)}

    async def _asset(self, request: Request) -> FileResponse:
        name = request.url.path.rpartition("/")[2]
        return FileResponse(str(files("fastapi_offline") / "static" / name), media_type=_ASSETS[name])

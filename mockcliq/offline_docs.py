"""The base of the FastAPI applications: no telemetry, and reference pages that work offline."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.requests import Request
from starlette.responses import FileResponse

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
    """

    def __init__(self, title: str, **arguments: Any) -> None:
        super().__init__(
            title=title,
            version=__version__,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
            **arguments,
        )
        self.add_route("/docs", self._page, include_in_schema=False)
        for name in _ASSETS:
            self.add_route(f"/docs/{name}", self._asset, include_in_schema=False)

    async def _page(self, request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "").rstrip("/")
        return get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=self.title,
            swagger_js_url=f"{root}/docs/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/docs/swagger-ui.css",
            swagger_favicon_url=f"{root}/docs/favicon.png",
            oauth2_redirect_url=None,
        )

    async def _asset(self, request: Request) -> FileResponse:
        name = request.url.path.rpartition("/")[2]
        return FileResponse(str(files("fastapi_offline") / "static" / name), media_type=_ASSETS[name])

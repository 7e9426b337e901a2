"""server.py FOLDER PORT REDIRECT_URI: a coffee club in one file, on Django and django-oauth-toolkit.

What matters to an OAuth client is the toolkit's own, at its own addresses: authorization and consent, token, revocation,
discovery, keys, UserInfo. Ours are the settings, one member, one client, and one resource that wants a token.
"""
import os
import pathlib
import sys

folder, port, redirect = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]

import django
from django.conf import settings

SIGN_IN = """<form method="post">{% csrf_token %}{{ form }}<input type="submit" value="Sign in"></form>"""

settings.configure(
    SECRET_KEY=(folder / "django.secret").read_text(),
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="club",
    USE_TZ=True,
    LOGIN_URL="/sign-in/",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "club.db"), "OPTIONS": {"timeout": 20},
        }
    },
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "loaders": [
                ("django.template.loaders.locmem.Loader", {"registration/login.html": SIGN_IN}),
                "django.template.loaders.app_directories.Loader",
            ],
        },
    }],
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": (folder / "rsa.pem").read_text(),
        "PKCE_REQUIRED": True,
        "SCOPES": {"openid": "know who you are", "beans": "see your beans"},
        "ACCESS_TOKEN_EXPIRE_SECONDS": int(os.environ["ACCESS_TOKEN_SECONDS"]),
        "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": int(os.environ["GRACE_SECONDS"]),
        "ROTATE_REFRESH_TOKEN": True,
    },
)
django.setup()

from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.management import call_command
from django.http import JsonResponse
from django.urls import include, path
from oauth2_provider.models import Application
from oauth2_provider.views.generic import ScopedProtectedResourceView


class Beans(ScopedProtectedResourceView):
    """The resource server: one member's card."""

    required_scopes = ["beans"]

    def get(self, request):
        return JsonResponse({"card": f"BC-{request.resource_owner.pk:06}", "beans": 128, "lastVisit": "2026-10-02"})


class URLs:
    urlpatterns = [
        path("sign-in/", LoginView.as_view()),
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
        path("api/beans", Beans.as_view()),
    ]


sys.modules["club"] = URLs

if not (folder / "club.db").exists():
    call_command("migrate", verbosity=0)
    User.objects.create_user("ada", password=(folder / "member.secret").read_text())
    Application.objects.create(
        name="Purser", client_id="purser", client_secret=(folder / "client.secret").read_text(),
        client_type=Application.CLIENT_CONFIDENTIAL, authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        algorithm=Application.RS256_ALGORITHM, redirect_uris=redirect)
call_command("runserver", f"127.0.0.1:{port}", use_reloader=False)

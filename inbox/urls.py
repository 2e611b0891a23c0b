"""Composition root of the pages. Webhooks and sockets enter elsewhere: see asgi.py."""

from django.contrib import admin
from django.urls import include, path

from inbox.doctor import views as doctor
from inbox.notifications.views import service_worker
from inbox.workspaces import app_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("manifest.webmanifest", app_views.manifest, name="manifest"),
    path("offline/", app_views.offline, name="offline"),
    path("service-worker.js", service_worker, name="service_worker"),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("workspaces/", include("inbox.workspaces.urls")),
    path("w/<slug:slug>/admin/", views.enter_admin, name="enter_admin"),
    path("w/<slug:slug>/", include("inbox.chatrooms.urls")),
    path("w/<slug:slug>/templates/", include("inbox.message_templates.urls")),
    path("w/<slug:slug>/", include("inbox.scheduling.urls")),
    path("w/<slug:slug>/", include("inbox.search.urls")),
    path("w/<slug:slug>/media/", include("inbox.media.urls")),
    path("w/<slug:slug>/customers/", include("inbox.customers.urls")),
    path("w/<slug:slug>/faq/", include("inbox.faq.urls")),
    path("w/<slug:slug>/labels/", include("inbox.labels.urls")),
    path("w/<slug:slug>/notes/", include("inbox.notes.urls")),
    path("w/<slug:slug>/notifications/", include("inbox.notifications.urls")),
    path("w/<slug:slug>/costs/", include("inbox.pricing.urls")),
    path(
        "admin/connections/connection/<int:pk>/doctor/", admin.site.admin_view(doctor.doctor), name="connection_doctor"
    ),
    path("admin/", admin.site.urls),
]

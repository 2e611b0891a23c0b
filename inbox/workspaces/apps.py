"""The slice's configuration, and the admin site that knows workspaces."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class WorkspacesConfig(AppConfig):
    name = "inbox.workspaces"
    verbose_name = _("Workspace and members")

    def ready(self) -> None:
        from inbox import checks  # noqa: F401 - registers the system checks


class WorkspaceAdminConfig(AdminConfig):
    default_site = "inbox.workspaces.admin_site.WorkspaceAdminSite"

"""Members, invitations and the audit log, as a workspace's admins see them; workspaces, as the platform's staff do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import actions
from .admin_site import PlatformAdmin, ReadOnlyTenantAdmin, TenantAdmin, admin_membership
from .audit_words import subject_words, verb_words
from .models import AuditEntry, Invitation, Membership, Role, Team, User, Visibility, Workspace


@admin.register(Workspace)
class WorkspaceAdmin(TenantAdmin):
    """A workspace's settings: its own admins see it alone."""

    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")
    fields = ("name", *actions.WORKSPACE_SETTINGS)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Workspace]:
        membership = admin_membership(request)
        return Workspace.objects.filter(pk=membership.workspace_id) if membership else Workspace.objects.all()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a workspace is created with its owner, by signing up

    def save_model(self, request: HttpRequest, obj: Workspace, form: forms.ModelForm[Any], change: bool) -> None:
        if form.changed_data:
            actions.change_settings(actor=admin_membership(request), workspace=obj, changed=form.changed_data)


@admin.register(User)
class UserAdmin(PlatformAdmin):
    list_display = ("email", "name", "is_active", "is_superuser", "last_login")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active")
    readonly_fields = ("email",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # people sign up themselves

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[Any], change: bool) -> None:
        obj.save(update_fields=["name"])
        if "is_active" in form.changed_data:
            actions.set_user_active(user=obj, is_active=obj.is_active)


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    list_display = ("user", "role", "visibility", "is_active", "created_at")
    list_filter = ("role", "visibility", "is_active")
    fields = ("user", "role", "visibility", "is_active")
    readonly_fields = ("user",)
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # members join by invitation

    def save_model(self, request: HttpRequest, obj: Membership, form: forms.ModelForm[Any], change: bool) -> None:
        role, is_active, visibility = Role(obj.role), obj.is_active, Visibility(obj.visibility)
        obj.refresh_from_db()
        actor = admin_membership(request)
        try:
            actions.change_member(actor=actor, member=obj, role=role, is_active=is_active, visibility=visibility)
        except actions.MembershipRefused as refusal:
            self.refuse(request, refusal)


class TeamForm(forms.ModelForm[Team]):
    members = forms.ModelMultipleChoiceField(
        Membership.objects.none(), label=gettext_lazy("Members"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Team
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = Membership.objects.filter(is_active=True).select_related("user").order_by("user__name")
        field = self.fields["members"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
        field.queryset = active.filter(workspace_id=self.instance.workspace_id) if self.instance.pk else active
        field.initial = self.instance.places.values_list("member", flat=True) if self.instance.pk else ()


@admin.register(Team)
class TeamAdmin(TenantAdmin):
    list_display = ("name", "created_at")
    search_fields = ("name",)
    fields = ("name", "members")
    form = TeamForm
    actions = ("delete_teams",)

    def save_model(self, request: HttpRequest, obj: Team, form: forms.ModelForm[Any], change: bool) -> None:
        membership, members = admin_membership(request), [each.pk for each in form.cleaned_data["members"]]
        try:
            if change:
                actions.change_team(actor=membership, team=obj, name=obj.name, members=members)
            elif membership is not None:
                team = actions.create_team(
                    actor=membership, workspace_id=membership.workspace_id, name=obj.name, members=members
                )
                obj.pk = team.pk
        except actions.TeamRefused as refusal:
            self.refuse(request, refusal)

    @admin.action(description=gettext_lazy("Delete; their chats may go to anybody"))
    def delete_teams(self, request: HttpRequest, teams: models.QuerySet[Team]) -> None:
        for team in teams:
            actions.delete_team(actor=admin_membership(request), team=team)


@admin.register(Invitation)
class InvitationAdmin(TenantAdmin):
    list_display = ("email", "role", "invited_by", "created_at", "expires_at", "accepted_at", "revoked_at")
    fields = ("email", "role")
    list_select_related = ("invited_by__user",)
    actions = ("send_again", "revoke")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Invitation, form: forms.ModelForm[Any], change: bool) -> None:
        actor = admin_membership(request)
        assert actor is not None  # noqa: S101 - only members may add, see TenantAdmin
        try:
            invitation = actions.invite_member(actor=actor, email=obj.email, role=Role(obj.role))
        except actions.MembershipRefused as refusal:
            self.refuse(request, refusal)
        else:
            obj.pk = invitation.pk

    @admin.action(description=gettext_lazy("Send again"), permissions=["add"])
    def send_again(self, request: HttpRequest, queryset: models.QuerySet[Invitation]) -> None:
        actor = admin_membership(request)
        assert actor is not None  # noqa: S101 - only members may add, see TenantAdmin
        for invitation in queryset:
            try:
                actions.resend_invitation(actor=actor, invitation=invitation)
            except actions.MembershipRefused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("A new link was sent to %s.") % invitation.email)

    @admin.action(description=gettext_lazy("Revoke"))
    def revoke(self, request: HttpRequest, queryset: models.QuerySet[Invitation]) -> None:
        for invitation in queryset:
            try:
                actions.revoke_invitation(actor=admin_membership(request), invitation=invitation)
            except actions.MembershipRefused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("The invitation of %s was revoked.") % invitation.email)


class VerbFilter(admin.SimpleListFilter):
    """By what was done, in words."""

    title = gettext_lazy("what was done")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        verbs = model_admin.get_queryset(request).order_by("verb").values_list("verb", flat=True).distinct()
        return [(verb, verb_words(verb)) for verb in verbs]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyTenantAdmin):
    list_display = ("created_at", "actor", "words", "what")
    list_filter = (VerbFilter,)
    list_select_related = ("actor__user",)
    fields = ("created_at", "actor", "words", "what", "facts")

    @admin.display(description=gettext_lazy("what was done"), ordering="verb")
    def words(self, entry: AuditEntry) -> str:
        return verb_words(entry.verb)

    @admin.display(description=gettext_lazy("to what"), ordering="subject")
    def what(self, entry: AuditEntry) -> str:
        return subject_words(entry.subject)

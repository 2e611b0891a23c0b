from django.urls import path

from . import views

app_name = "workspaces"
urlpatterns = [
    path("new/", views.new_workspace, name="new"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
]

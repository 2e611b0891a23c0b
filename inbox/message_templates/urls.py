from django.urls import path

from . import views

app_name = "message_templates"
urlpatterns = [
    path("", views.template_list, name="list"),
    path("new/<int:connection_id>/", views.new, name="new"),
    path("sync/<int:connection_id>/", views.sync, name="sync"),
    path("<int:template_id>/", views.detail, name="detail"),
    path("<int:template_id>/edit/", views.edit, name="edit"),
    path("<int:template_id>/defaults/", views.defaults, name="defaults"),
    path("<int:template_id>/fallback/", views.fallback, name="fallback"),
    path("<int:template_id>/deletion/", views.deletion, name="deletion"),
]

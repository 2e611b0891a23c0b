from django.urls import path

from . import views

app_name = "media"
urlpatterns = [
    path("<int:file_id>/thumbnail/", views.thumbnail, name="thumbnail"),
    path("<int:file_id>/preview/", views.preview, name="preview"),
    path("<int:file_id>/<str:name>", views.file, name="file"),
]

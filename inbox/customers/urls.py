from django.urls import path

from . import views

app_name = "customers"
urlpatterns = [
    path("<int:customer_id>/", views.panel, name="panel"),
    path("<int:customer_id>/name/", views.name, name="name"),
    path("<int:customer_id>/picture/", views.picture, name="picture"),
    path("<int:customer_id>/merging/", views.candidates, name="candidates"),
    path("<int:customer_id>/merging/<int:other_id>/", views.merge_preview, name="merge_preview"),
    path("<int:customer_id>/merging/<int:other_id>/confirmation/", views.merge, name="merge"),
    path("<int:customer_id>/merges/<int:merge_id>/separation/", views.separation, name="separation"),
]

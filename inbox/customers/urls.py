from django.urls import path

from . import field_views, views

app_name = "customers"
urlpatterns = [
    path("<int:customer_id>/", views.panel, name="panel"),
    path("fields/", field_views.fields, name="fields"),
    path("fields/creation/", field_views.field_creation, name="field_creation"),
    path("fields/<int:field_id>/change/", field_views.field_change, name="field_change"),
    path("fields/words/", field_views.contact_rules, name="contact_rules"),
    path("<int:customer_id>/fields/<slug:key>/", views.field_value, name="field_value"),
    path("<int:customer_id>/blocking/", views.blocking, name="blocking"),
    path("<int:customer_id>/opt-out/", views.opt_out, name="opt_out"),
    path("<int:customer_id>/name/", views.name, name="name"),
    path("<int:customer_id>/picture/", views.picture, name="picture"),
    path("<int:customer_id>/merging/", views.candidates, name="candidates"),
    path("<int:customer_id>/merging/<int:other_id>/", views.merge_preview, name="merge_preview"),
    path("<int:customer_id>/merging/<int:other_id>/confirmation/", views.merge, name="merge"),
    path("<int:customer_id>/merges/<int:merge_id>/separation/", views.separation, name="separation"),
]

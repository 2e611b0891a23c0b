from django.urls import path

from . import views

app_name = "faq"
urlpatterns = [
    path("", views.all_entries, name="all"),
    path("new/", views.entry_new, name="entry_new"),
    path("creation/", views.entry_creation, name="entry_creation"),
    path("<int:entry_id>/", views.entry, name="entry"),
    path("<int:entry_id>/change/", views.entry_change, name="entry_change"),
    path("<int:entry_id>/deletion/", views.entry_deletion, name="entry_deletion"),
    path("categories/creation/", views.category_creation, name="category_creation"),
    path("categories/<int:category_id>/change/", views.category_change, name="category_change"),
    path("categories/<int:category_id>/move/", views.category_move, name="category_move"),
    path("categories/<int:category_id>/deletion/", views.category_deletion, name="category_deletion"),
]

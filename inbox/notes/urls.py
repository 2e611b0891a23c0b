from django.urls import path

from . import views

app_name = "notes"
urlpatterns = [
    path("<int:customer_id>/", views.notes, name="notes"),
    path("<int:customer_id>/list/", views.note_list, name="note_list"),
    path("<int:customer_id>/adding/", views.adding, name="adding"),
    path("<int:customer_id>/<int:note_id>/change/", views.note_change, name="note_change"),
    path("<int:customer_id>/<int:note_id>/deletion/", views.note_deletion, name="note_deletion"),
    path("<int:customer_id>/<int:note_id>/pin/", views.note_pin, name="note_pin"),
]

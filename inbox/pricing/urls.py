from django.urls import path

from . import views

app_name = "pricing"
urlpatterns = [
    path("", views.costs, name="costs"),
    path("export/", views.export, name="export"),
    path("rates/", views.rates, name="rates"),
    path("budgets/<int:connection_id>/", views.budget, name="budget"),
    path("rooms/<int:room_id>/", views.room, name="room"),
]

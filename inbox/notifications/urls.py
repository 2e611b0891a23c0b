from django.urls import path

from . import views

app_name = "notifications"
urlpatterns = [
    path("", views.centre, name="centre"),
    path("news/", views.news, name="news"),
    path("reading/", views.all_reading, name="all_reading"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/saving/", views.preferences_saving, name="preferences_saving"),
    path("pause/", views.pausing, name="pausing"),
    path("introduction/", views.introduction, name="introduction"),
    path("devices/", views.device_adding, name="device_adding"),
    path("devices/renewal/", views.device_renewal, name="device_renewal"),
    path("devices/<int:device_id>/deletion/", views.device_deletion, name="device_deletion"),
    path("<int:notification_id>/", views.opening, name="opening"),
    path("<int:notification_id>/reading/", views.notification_reading, name="notification_reading"),
]

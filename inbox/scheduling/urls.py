from django.urls import path

from . import views

app_name = "scheduling"
urlpatterns = [
    path("scheduled/", views.all_scheduled, name="all"),
    path("scheduled/<int:row_id>/cancellation/", views.cancellation, name="cancellation"),
    path("scheduled/<int:row_id>/sending/", views.sending, name="sending"),
    path("rooms/<int:room_id>/schedule/", views.panel, name="room"),
    path("rooms/<int:room_id>/schedule/list/", views.room_list, name="list"),
    path("rooms/<int:room_id>/schedule/outlook/", views.outlook, name="outlook"),
    path("rooms/<int:room_id>/schedule/messages/", views.messages, name="messages"),
    path("rooms/<int:room_id>/schedule/messages/<int:row_id>/", views.change, name="change"),
]

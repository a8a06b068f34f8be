"""Addresses of the patients app."""

from django.urls import path

from patients import views
from patients.followup import views as followup
from patients.intake import views as intake
from patients.plans import views as plans

urlpatterns = [
    path("patients/", views.patient_list, name="patients"),
    path("patients/add/", views.add_patient, name="patient-add"),
    path("patients/<uuid:patient_id>/", views.patient_page, name="patient"),
    path("patients/<uuid:patient_id>/intake/", intake.start, name="intake-start"),
    path("intakes/<uuid:intake_id>/", intake.resume, name="intake"),
    path("intakes/<uuid:intake_id>/discard/", intake.discard, name="intake-discard"),
    path("intakes/<uuid:intake_id>/plan/", plans.draw, name="plan-draw"),
    path("intakes/<uuid:intake_id>/<slug:step>/", intake.step, name="intake-step"),
    path("suggestions/<slug:what>/", intake.suggestions, name="suggestions"),
    path("plans/<uuid:plan_id>/", plans.plan_page, name="plan"),
    path("plans/<uuid:plan_id>/print/", plans.print_view, name="plan-print"),
    path("plans/<uuid:plan_id>/accept/<slug:code>/", plans.accept, name="plan-accept"),
    path("plans/<uuid:plan_id>/decline/<slug:code>/", plans.decline, name="plan-decline"),
    path("plans/<uuid:plan_id>/decline-rest/<slug:section>/", plans.decline_group, name="plan-decline-group"),
    path("plans/<uuid:plan_id>/accept-remaining/", plans.accept_remaining, name="plan-accept-remaining"),
    path("plans/<uuid:plan_id>/together/", plans.answer_together, name="plan-together"),
    path("plans/<uuid:plan_id>/sign/", plans.sign, name="plan-sign"),
    path("plans/<uuid:plan_id>/safety-record/", plans.sign_safety, name="safety-record-sign"),
    path("plans/<uuid:plan_id>/follow-up/", followup.start_for_plan, name="follow-up-start"),
    path("worklist/", followup.worklist, name="worklist"),
    path("reminders/<uuid:reminder_id>/", followup.reminder, name="reminder"),
    path("reminders/<uuid:reminder_id>/follow-up/", followup.start_for_reminder, name="reminder-follow-up"),
    path("follow-ups/<uuid:follow_up_id>/", followup.follow_up, name="follow-up"),
    path("follow-ups/<uuid:follow_up_id>/result/", followup.result, name="follow-up-result"),
    path("follow-ups/<uuid:follow_up_id>/plan/", followup.draw_revision, name="follow-up-plan"),
]

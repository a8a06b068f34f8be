"""The questions of the intake: published instruments in their own wording, and our own.

PHQ-9: developed by Drs. Robert L. Spitzer, Janet B.W. Williams, Kurt Kroenke and colleagues, with an educational grant
from Pfizer Inc. No permission required to reproduce, translate, display or distribute.
PEG: Krebs EE et al., J Gen Intern Med 2009. C-SSRS screener: Posner et al., (c) 2008 The Research Foundation for Mental
Hygiene, Inc. Their wording is never changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Choices = tuple[tuple[str, str], ...]

STEPS: Final[dict[str, str]] = {
    "mood": "Mood and safety",
    "pain": "Pain and red flags",
    "health": "Health and medicines",
    "life": "Life and treatment so far",
    "check": "Check and create plan",
}
ANSWER_STEPS: Final = ("mood", "pain", "health", "life")

YES_NO_UNKNOWN: Final[Choices] = (("yes", "Yes"), ("no", "No"), ("unknown", "Not known"))
YES_NO_NOT_ASKED: Final[Choices] = (("yes", "Yes"), ("no", "No"), ("unknown", "Not asked"))

# ------------------------------------------------------------------------------------------------ PHQ-9
PHQ9_STEM: Final = "Over the last 2 weeks, how often have you been bothered by any of the following problems?"
PHQ9_ITEMS: Final = (
    "Little interest or pleasure in doing things",
    "Feeling down, depressed, or hopeless",
    "Trouble falling or staying asleep, or sleeping too much",
    "Feeling tired or having little energy",
    "Poor appetite or overeating",
    "Feeling bad about yourself — or that you are a failure or have let yourself or your family down",
    "Trouble concentrating on things, such as reading the newspaper or watching television",
    "Moving or speaking so slowly that other people could have noticed? Or the opposite — being so fidgety or restless "
    "that you have been moving around a lot more than usual",
    "Thoughts that you would be better off dead or of hurting yourself in some way",
)
PHQ9_SHORT: Final = (
    "had little interest or pleasure",
    "felt down, depressed or hopeless",
    "had trouble sleeping",
    "felt tired",
    "had a poor appetite or overeaten",
    "felt bad about themselves",
    "had trouble concentrating",
    "been slow or restless",
    "had thoughts of being better off dead or of self-harm",
)
PHQ9_CHOICES: Final[Choices] = (
    ("0", "Not at all"),
    ("1", "Several days"),
    ("2", "More than half the days"),
    ("3", "Nearly every day"),
)
PHQ9_DIFFICULTY: Final = (
    "If you checked off any problems, how difficult have these problems made it for you to do your work, take care of "
    "things at home, or get along with other people?"
)
PHQ9_DIFFICULTY_CHOICES: Final[Choices] = (
    ("0", "Not difficult at all"),
    ("1", "Somewhat difficult"),
    ("2", "Very difficult"),
    ("3", "Extremely difficult"),
)
PHQ9_CREDIT: Final = (
    "PHQ-9. Developed by Drs. Robert L. Spitzer, Janet B.W. Williams, Kurt Kroenke and colleagues, with an educational "
    "grant from Pfizer Inc. No permission required to reproduce, translate, display or distribute."
)

# ------------------------------------------------------------------------------------------------ C-SSRS screener
CSSRS_QUESTIONS: Final = (
    (
        "wish-to-be-dead",
        "1",
        "Have you wished you were dead or wished you could go to sleep and not wake up?",
        "past month",
    ),
    ("suicidal-thoughts", "2", "Have you actually had any thoughts of killing yourself?", "past month"),
    ("method", "3", "Have you been thinking about how you might do this?", "past month"),
    ("intent", "4", "Have you had these thoughts and had some intention of acting on them?", "past month"),
    (
        "plan-with-intent",
        "5",
        "Have you started to work out or worked out the details of how to kill yourself? "
        "Do you intend to carry out this plan?",
        "past month",
    ),
    (
        "behaviour-lifetime",
        "6",
        "Have you ever done anything, started to do anything, or prepared to do anything to end your life?",
        "lifetime",
    ),
    ("behaviour-3-months", "6a", "If yes: was this within the past 3 months?", "past 3 months"),
)
CSSRS_EXAMPLES: Final = (
    "Examples: Collected pills, obtained a gun, gave away valuables, wrote a will or suicide note, took out pills but "
    "didn't swallow any, held a gun but changed your mind or it was grabbed from your hand, went to the roof but "
    "didn't jump; or actually took pills, tried to shoot yourself, cut yourself, tried to hang yourself, etc."
)
CSSRS_CREDIT: Final = (
    "Columbia-Suicide Severity Rating Scale (C-SSRS), Screen Version - Recent. Posner, Brent, Lucas, Gould, Stanley, "
    "Brown, Fisher, Zelazny, Burke, Oquendo & Mann. © 2008 The Research Foundation for Mental Hygiene, Inc."
)
JUDGEMENT_CHOICES: Final[Choices] = (
    ("low", "Low"),
    ("moderate", "Moderate"),
    ("high", "High"),
    ("not-yet", "Not yet assessed"),
)
SAFETY_ACTIONS: Final[Choices] = (
    ("safety-plan", "Safety plan made with the patient"),
    ("crisis-contacts", "Crisis contacts given"),
    ("means", "Access to means talked about and restricted"),
    ("someone-stays", "Someone stays with the patient"),
    ("same-day-contact", "Same-day mental-health contact"),
    ("emergency-transfer", "Transfer to emergency care"),
)

# ------------------------------------------------------------------------------------------------ PEG
PEG_ITEMS: Final = (
    ("What number best describes your pain on average in the past week?", "No pain", "Pain as bad as you can imagine"),
    (
        "What number best describes how, during the past week, pain has interfered with your enjoyment of life?",
        "Does not interfere",
        "Completely interferes",
    ),
    (
        "What number best describes how, during the past week, pain has interfered with your general activity?",
        "Does not interfere",
        "Completely interferes",
    ),
)
PEG_SHORT: Final = (
    "how bad the pain has been on average",
    "how much pain interfered with enjoyment of life",
    "how much pain interfered with general activity",
)
PEG_CREDIT: Final = (
    "PEG. Krebs EE, Lorenz KA, Bair MJ, et al. Development and initial validation of the PEG. J Gen Intern Med 2009."
)

# ------------------------------------------------------------------------------------------------ pain
DURATION_CHOICES: Final[Choices] = (
    ("under-4", "Less than 4 weeks"),
    ("4-to-12", "4 to 12 weeks"),
    ("over-12", "More than 12 weeks"),
    ("unknown", "Not known"),
)
SITE_CHOICES: Final[Choices] = (
    ("lower-back", "Lower back"),
    ("upper-back", "Upper back"),
    ("neck", "Neck"),
    ("buttock-left", "Buttock, left"),
    ("buttock-right", "Buttock, right"),
    ("thigh-left", "Thigh, left"),
    ("thigh-right", "Thigh, right"),
    ("below-knee-left", "Below the knee, left"),
    ("below-knee-right", "Below the knee, right"),
    ("elsewhere", "Elsewhere"),
)
LEG_CHOICES: Final[Choices] = (
    ("none", "None"),
    ("above", "Above the knee only"),
    ("below", "Below the knee"),
    ("unknown", "Not known"),
)
LEG_SIGNS: Final[Choices] = (
    ("numbness", "Numbness or tingling"),
    ("weakness", "Weakness"),
    ("slr", "Positive straight-leg raise"),
)
FLAG_OUTCOMES: Final[Choices] = (
    ("excluded", "Excluded"),
    ("referred", "Referred, result not back"),
    ("treated", "Treated"),
)


@dataclass(frozen=True)
class RedFlagGroup:
    """One red flag: plain words, the clinical term, and the signs that are ticked."""

    code: str
    heading: str
    hint: str
    signs: Choices


RED_FLAG_GROUPS: Final = (
    RedFlagGroup(
        "cauda-equina",
        "Bladder, bowel, saddle area, both legs",
        "Cauda equina syndrome, new or worse in the last 14 days",
        (
            ("bladder", "New trouble passing or holding urine, or no feeling of it"),
            ("bowel", "Loss of bowel control"),
            ("saddle", "Numbness around the genitals, buttocks or back passage"),
            ("both-legs", "Weakness or pain in both legs"),
            ("sexual", "New loss of sexual function"),
        ),
    ),
    RedFlagGroup(
        "motor-deficit",
        "Leg weakness",
        "Progressive or severe motor deficit",
        (
            ("foot-drop", "Foot drop"),
            ("worsening", "Weakness that is getting worse over days"),
            ("power", "Power of 3 of 5 or less"),
        ),
    ),
    RedFlagGroup(
        "fracture",
        "Broken bone",
        "Fracture",
        (
            ("major-injury", "Major injury"),
            ("minor-injury", "Minor injury at older age, with osteoporosis or corticosteroids"),
            ("sudden-pain", "Sudden severe central pain, eased by lying down"),
            ("deformity", "New deformity of the spine"),
        ),
    ),
    RedFlagGroup(
        "cancer",
        "Cancer",
        "Metastasis or cord compression",
        (
            ("history", "Cancer now or in the past, with new pain"),
            ("weight-loss", "Weight loss without a reason"),
            ("unremitting", "Pain at night or at rest that does not let up"),
            ("onset-age", "First back pain before 20 or after 50, judged suspicious"),
            ("many-sites", "Pain at many sites"),
        ),
    ),
    RedFlagGroup(
        "infection",
        "Infection",
        "Discitis, osteomyelitis, epidural abscess",
        (
            ("fever", "Fever or chills"),
            ("immune", "Weakened immune system"),
            ("injecting", "Injects drugs"),
            ("recent-infection", "Recent bacterial infection, judged relevant"),
            ("wound", "Penetrating wound or recent spinal procedure"),
        ),
    ),
    RedFlagGroup(
        "vascular",
        "Aorta",
        "Aneurysm or dissection",
        (
            ("new-severe", "Over 60 with new severe back or abdominal pain"),
            ("aneurysm", "Known aneurysm"),
            ("pulsating", "Pulsating mass in the abdomen"),
            ("collapse", "Collapse or low blood pressure"),
        ),
    ),
    RedFlagGroup(
        "inflammatory",
        "Inflammation",
        "Axial spondyloarthritis; not urgent",
        (
            ("early-onset", "Began before 45 and lasts over 3 months"),
            ("morning", "Morning stiffness over 30 minutes"),
            ("exercise", "Better with exercise, not with rest"),
            ("night", "Wakes in the second half of the night"),
            ("psoriasis", "Psoriasis, uveitis or bowel inflammation"),
        ),
    ),
    RedFlagGroup(
        "visceral",
        "Other organs, pregnancy",
        "Kidney, pancreas, ectopic pregnancy",
        (
            ("pregnancy", "Missed period or pregnancy with pain or bleeding"),
            ("flank-fever", "Fever with flank pain"),
            ("colic", "Colicky pain from flank to groin"),
            ("epigastric", "Upper abdominal pain through to the back"),
            ("jaundice", "Vomiting or jaundice"),
        ),
    ),
)

# ------------------------------------------------------------------------------------------------ health
CONDITION_GROUPS: Final[tuple[tuple[str, Choices], ...]] = (
    (
        "Heart and circulation",
        (
            ("hypertension", "High blood pressure"),
            ("uncontrolled-hypertension", "Blood pressure not controlled"),
            ("cardiovascular-disease", "Cardiovascular disease (heart, brain or leg arteries)"),
            ("recent-mi", "Heart attack, still recovering"),
            ("arrhythmia-or-heart-block", "Arrhythmia or heart block"),
            ("heart-failure", "Heart failure"),
            ("severe-heart-failure", "Severe heart failure"),
            ("after-cabg", "Bypass surgery now or in the last 14 days"),
        ),
    ),
    (
        "Stomach, liver, kidneys, blood",
        (
            ("active-gi-bleed-or-ulcer", "Ulcer or bowel bleeding now"),
            ("past-gi-bleed-or-ulcer", "Ulcer or bowel bleeding in the past"),
            ("gi-obstruction", "Bowel obstruction, or suspected"),
            ("chronic-liver-disease", "Chronic liver disease or cirrhosis"),
            ("severe-liver-disease", "Severe liver disease"),
            ("kidney-disease", "Kidney disease"),
            ("bleeding-disorder", "Bleeding disorder or few platelets"),
            ("hyponatraemia", "Low sodium now or in the past"),
        ),
    ),
    (
        "Lungs and sleep",
        (
            ("respiratory-disease", "Lung disease (COPD, asthma or other)"),
            ("aspirin-sensitive-asthma", "Asthma worsened by aspirin or an NSAID"),
            ("sleep-apnoea", "Sleep apnoea"),
        ),
    ),
    (
        "Nerves, eyes, bladder",
        (
            ("seizure-history", "Seizures now or in the past"),
            ("narrow-angle-glaucoma", "Narrow-angle glaucoma, untreated"),
            ("urinary-retention", "Trouble emptying the bladder"),
        ),
    ),
    (
        "Bones, hormones, other",
        (
            ("diabetes", "Diabetes"),
            ("hyperthyroidism", "Overactive thyroid"),
            ("osteoporosis", "Osteoporosis"),
            ("falls", "Falls"),
            ("heavy-alcohol", "Heavy drinking"),
            ("substance-use-disorder", "Substance use disorder"),
            ("opioid-use-disorder", "Opioid use disorder"),
        ),
    ),
)
CONDITION_NAMES: Final = {code: name for _, rows in CONDITION_GROUPS for code, name in rows}
PREGNANCY_CHOICES: Final[Choices] = (
    ("not-applicable", "Cannot be, for example after a hysterectomy"),
    ("not-pregnant", "Not pregnant"),
    ("possible", "Possible"),
    ("pregnant", "Pregnant"),
    ("unknown", "Not known"),
)
SEROTONIN_QUESTION: Final = (
    "Now: tremor, muscle jerks, sweating or shivering, diarrhoea, agitation, confusion, racing heartbeat, stiff "
    "muscles or fever?"
)
ALLERGY_CHOICES: Final[Choices] = (("none", "None known"), ("some", "Has allergies"), ("unknown", "Not known"))
MEDICINE_ROWS: Final = 20
FOLLOW_UP_MEDICINE_ROWS: Final = 26
"""The list of the intake, and room for what the plan added."""
ALLERGY_ROWS: Final = 5

# ------------------------------------------------------------------------------------------------ life
LIFE_FACTS: Final[Choices] = (
    ("sedentary_work", "Sits for long at work"),
    ("screen_work", "Works at a screen"),
    ("commutes", "Travels to work"),
    ("carries_heavy_bag", "Carries a heavy bag"),
    ("off_work", "Off work because of this"),
    ("work_stress", "Stress at work or at home"),
    ("sleep_problem", "Sleeps badly"),
    ("poor_diet", "Meals are poor"),
    ("inactive", "Moves little"),
)
TRIED_MEDICINES: Final[Choices] = (
    ("ibuprofen", "Ibuprofen"),
    ("naproxen", "Naproxen"),
    ("celecoxib", "Celecoxib"),
    ("diclofenac", "Diclofenac"),
    ("duloxetine", "Duloxetine"),
    ("venlafaxine", "Venlafaxine"),
    ("amitriptyline", "Amitriptyline"),
    ("nortriptyline", "Nortriptyline"),
    ("sertraline", "Sertraline"),
    ("fluoxetine", "Fluoxetine"),
    ("paroxetine", "Paroxetine"),
    ("citalopram", "Citalopram"),
    ("mirtazapine", "Mirtazapine"),
    ("tramadol", "Tramadol"),
    ("gabapentin", "Gabapentin"),
    ("pregabalin", "Pregabalin"),
    ("cyclobenzaprine", "Cyclobenzaprine"),
    ("methocarbamol", "Methocarbamol"),
    ("tizanidine", "Tizanidine"),
    ("opioid", "Another opioid"),
)
TRIED_OTHER: Final[Choices] = (
    ("cbt", "Cognitive behavioural therapy"),
    ("exercise-therapy", "Exercise therapy"),
    ("physical-therapy", "Physical therapy"),
    ("superficial-heat", "Heat"),
    ("massage", "Massage"),
    ("acupuncture", "Acupuncture"),
    ("spinal-manipulation", "Spinal manipulation"),
    ("mindfulness-based-stress-reduction", "Mindfulness course"),
    ("progressive-relaxation", "Relaxation training"),
    ("biofeedback", "Biofeedback"),
    ("interdisciplinary-rehabilitation", "Rehabilitation programme"),
)
TRIED_NAMES: Final = dict(TRIED_MEDICINES + TRIED_OTHER)
TRIED_OUTCOMES: Final[Choices] = (
    ("helped", "Helped"),
    ("no-response", "No help"),
    ("not-tolerated", "Stopped: side effects"),
    ("contraindicated", "Could not be used"),
)
ADEQUATE_QUESTION: Final = "Full dose for long enough?"
PREFERENCE_CHOICES: Final[Choices] = (
    ("wants", "Wants"),
    ("avoids", "Would rather not"),
    ("unsure", "Unsure"),
    ("unknown", "Not asked"),
)

"""Words of self-harm and danger are heard, in several languages; complaints and idioms are not."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.concern import concern

CORPUS = Path(__file__).parent.parent.parent / "analysis" / "corpus"

HEARD = """
Jeg har tænkt på selvmord.
Jeg har selvmordstanker, og ingen ringer tilbage
jeg gider ikke leve mere
Jeg kan ikke leve sådan her længere.
Jeg orker snart ikke at leve
Jeg har ikke lyst til at leve
Jeg kan ikke se nogen grund til at leve mere.
Nogle dage vil jeg bare gerne dø
jeg vil do
Jeg ville ønske, jeg var død
Det var bedre hvis jeg var død.
Det ville være bedst, hvis jeg ikke var her
De har det bedre uden mig
Jeg tager livet af mig selv, hvis I stopper min ydelse
Jeg har prøvet at tage mit eget liv
hvis det fortsætter slår jeg mig selv ihjel
Jeg slår mig ihjel
jeg slaar mig ihjel
JEG SLÅR MIG IHJEL!!!
Jeg har lyst til at slå mig ihjel på fredag
Systemet slår mig ihjel
Min mand truer med at slå mig ihjel
Jeg skærer i mig selv, når der kommer brev fra jer
Jeg skader mig selv om natten.
Jeg er bange for at jeg gør mig selv noget
Jeg kunne finde på at hoppe ud foran toget
Jeg overvejer at sluge alle mine piller
Jeg har mistet livslysten
Livet er ikke værd at leve
Livet har ingen mening
Jeg er træt af livet
Jeg vil afslutte det hele
Jeg vil bare gøre en ende på det
Jeg håber at jeg ikke vågner igen
Jeg kan ikke se nogen udvej
Min kæreste slår mig
Min mand han har slået mig og børnene
Jeg tør ikke gå hjem
Jeg lever med vold
Min eks truer mig på livet
Jeg er udsat for psykisk vold derhjemme
Jeg blev voldtaget
Jeg er i fare
Jeg er bange for mit liv
Næste gang kommer jeg med en kniv
Jeg skyder hende
I want to die
I don't want to live anymore
I do not want to be here any more
Some days I think about killing myself.
im suicidal
I have been cutting myself again
I wish I was dead
They would be better off without me
There is nothing to live for
My husband beats me
He is threatening to kill me
I am afraid to go home
I am not safe
Ich will nicht mehr leben
Ich bringe mich um
Mein Mann schlägt mich
Я не хочу жити
Я більше не хочу жити
Я хочу померти
Чоловік б'є мене
Думаю про самогубство
Я не хочу жить
Муж бьёт меня
Nie chcę już żyć
Chce sie zabic, nie chce zyc
Myślę o samobójstwie
Nu mai vreau să trăiesc
Vreau sa mor
Mă gândesc la sinucidere
Artık yaşamak istemiyorum
Ölmek istiyorum
İntihar etmeyi düşünüyorum
لا أريد أن أعيش
اريد ان اموت
أفكر في الانتحار
زوجي يضربني
می‌خواهم بمیرم
به خودکشی فکر می‌کنم
خودم را می‌کشم یا خودم را بکشم
""".strip().splitlines()

NOT_HEARD = """
Jeg føler mig set og forstået – men brevene skaber utryghed.
Jeg keder mig ihjel på det kursus
Vi grinede os ihjel
Jeg arbejder mig ihjel
Papirarbejdet slår mig ihjel
Jeg slår mig ihjel på papirarbejde
Vi slog tiden ihjel med en quiz
Ventetiden tager livet af mig
Jeg var ved at dø af grin
Man kan ikke leve af 6.000 kroner om måneden
Det kunne ikke leve op til det, I lovede
Jeg er dødtræt af de breve
Det slår mig, hvor venlige I er
Jeg slår mig ned i Allerød
Jeg er truet med at miste min kontanthjælp
Jeg har slået mig på arbejdet og venter på en tid
Jeg er bange for at miste min bolig
Døren var låst
Vil du lukke døren, når du går
Hun tog mit liv alvorligt
Jeg skød mig selv i foden, da jeg sagde ja
Jeg hængte mig i detaljerne
Der var ingen udvej til parkering
I fare for at miste ydelsen
Jeg tog bilen hjem
Tak for en god samtale
I am dying to get back to work
The course was a killer
We killed time until the meeting
There is a danger of losing the benefit
I live in Allerød and want to live here
Meine Beraterin war sehr nett
Дякую, все добре
Dziękuję, było dobrze
شكرا لكم على المساعدة
متشکرم، خیلی خوب بود
""".strip().splitlines()


@pytest.mark.parametrize("text", HEARD)
def test_what_speaks_of_it_is_heard(text: str) -> None:
    assert concern(text)
    assert concern(f"Mødet var fint. {text} Ellers tak for kaffen")


@pytest.mark.parametrize("text", NOT_HEARD)
def test_what_is_only_said_so_is_not(text: str) -> None:
    assert not concern(text)


def test_an_idiom_does_not_hide_what_stands_beside_it() -> None:
    assert concern("Papirarbejdet slår mig ihjel. Jeg har selvmordstanker.")


def test_the_one_text_that_is_meant_so_or_so_is_heard() -> None:
    """A tired "jeg dør" or "jeg kan ikke se nogen udvej" is asked after: the page costs a press."""
    assert concern("Jeg dør, hvis jeg skal til endnu et møde")


def test_a_gap_does_not_reach_into_the_next_sentence() -> None:
    assert not concern("Det vil jeg gerne. Ikke nu. Dø gamle regler bør væk.")


def test_of_two_thousand_comments_hardly_any_is_held_up() -> None:
    comments = [
        json.loads(line)["text"]
        for file in CORPUS.glob("*.jsonl")
        for line in file.read_text("utf-8").splitlines()
    ]
    assert len(comments) > 2000
    assert sum(map(concern, comments)) <= len(comments) * 0.002


@given(st.text(max_size=400))
def test_anything_may_be_written(text: str) -> None:
    assert concern(text) in {True, False}


@pytest.mark.parametrize("word", ["vil ikke ", "slår truer tage ", "kill ", "ب", "a\u0301", ". "])
def test_long_texts_take_no_longer_than_their_length(word: str) -> None:
    text = (word * 4000)[:20_000]
    begun = time.process_time()
    concern(text)
    assert time.process_time() - begun < 1

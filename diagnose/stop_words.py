"""Words that say nothing by themselves, in the languages that agents are mostly heard in."""

from __future__ import annotations

from typing import Final

ENGLISH: Final = frozenset(
    """
    an the and or but if then else so of to in on at by for with from as is are was were be
    been being am do does did done have has had will would can could should shall may might
    must you he she it we they me him her us them my your his its our their this that these
    those there here not no yes just also very more most please now again still let lets okay
    ok well once upon into about up out over under than too what which who whom when where why
    how all any some each get got make made go going
    """.split()
)
#: Only as far as they are no English words that say something.
OTHERS: Final = frozenset(
    """
    der die das den dem des ein eine einen einem einer und oder aber ich du er sie es wir ihr
    mir mich dir dich uns euch ist sind waren sein haben wird werden kann können muss nicht kein
    keine mit von zu zum zur auf für im bei nach noch schon auch nur dann dass wenn wie wer wo
    hier bitte nochmal sich als mal ja nein

    le la les un une et ou mais je tu il elle nous vous ils elles est sont sera ont pas ne que
    qui quoi dans sur pour par avec ce cette ces mon ma mes sa ses votre notre encore toujours
    très bien merci

    el los las una yo tú usted ella nosotros ellos están está fue ha quien qué en para del al
    su sus mi mis se lo te nos ya aún más muy sí

    os um uma eu você ele ela são foi tem têm não em com do da dos na nas seu sua meu minha lhe
    ainda já mais muito

    gli uno di ed io lui lei noi voi loro sono era hanno che chi cosa della dei nel nella suo
    ancora già più molto
    """.split()
)
STOP_WORDS: Final = ENGLISH | OTHERS

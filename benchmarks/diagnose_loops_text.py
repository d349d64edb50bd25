"""What stands above the tables of diagnose_loops.md: the banks, how they were made and judged."""

from __future__ import annotations

HEAD = """# Loop rules on scripted runs

Made by `python benchmarks/diagnose_loops.py 6`. The tuning bank was in view while the rules were
made. The held-out bank was written afterwards, in other words, by the same hand: expect real traces
to be harder than either. On its first run it scored P 0.94, R 0.92, F1 0.93 with 5.0 % false
alarms: that is the clean figure. One mistake that it showed (polling with plateaus) was then put
into the tuning bank in another form and mended there: its row below is not clean in that family.

The third bank is of other families in another style, with most sentences drawn from several
wordings, and is written and read as OTLP files. Both of its halves were written before the rules
saw either: on its first run the tuning half scored P 0.88, R 0.66, F1 0.75 with 8.6 % false alarms,
the kept half P 0.89, R 0.67, F1 0.76 with 6.7 %. The rules were then mended by the tuning half
alone: the kept half came to P 0.91, R 0.86, F1 0.89 with 6.7 %, which is the clean figure. After
that its alarms were read once (a map over dead links, a card game, a small world in words, cases
that are handed on) and two misses (positions in errors, a service that is not there in a region);
the row below is not clean in these families.

The fourth bank has the habits of group chats: four to six speakers, Markdown, long pages, answers
that quote the question, other languages. On its first run its tuning half (half of the families)
scored P 0.85, R 0.52, F1 0.64 with 5.7 % false alarms, the kept half P 0.94, R 0.76, F1 0.84 with
2.8 %. The rules were mended by the tuning half and by the tuning halves of the other banks; what
the kept half gets wrong was never looked at: its row is clean.

The fifth bank's agents each keep a manner of speaking (letters, JSON records, thought and action,
headings, lists), deal their wordings from a deck, and use tools that are small machines with a
state. On its first run, before any rule had seen it, its tuning half scored P 0.89, R 0.37, F1 0.52
with 3.2 % false alarms, the kept half P 1.00, R 0.43, F1 0.60 with none. Work on it: messages that
several earlier ones cover together, records and greetings taken apart from what is said,
inflections folded, long results compared by their pieces, pairs that are stuck amid others' work.
What the kept half gets wrong was never looked at. One setting (the score at which a loop is called,
3.6) was chosen with the third bank's kept half in view, after 3.0 had shown more false alarms there
and in the kept halves of the fourth and fifth bank.

The sixth bank follows public reports: assistants whose edits miss, browsers before a login, crews
that delegate to and fro, plans that are put in other words; and the false alarms that users of such
detectors told of. Sentences are drawn from alternatives within alternatives, tools answer in the
envelopes of servers and frameworks. On its first run its tuning half scored P 0.88, R 0.71, F1 0.79
with 8.9 % false alarms, the kept half P 1.00, R 0.76, F1 0.86 with none; mended by the tuning half
alone the kept half came to P 0.98, R 0.75, F1 0.85 with 1.1 %. Then the kept half was read and
mended, too. What most misses had in common: failures within envelopes, the same page under another
address counted as progress, interjections around short messages.

The seventh bank is small and written out line by line, after all of that. On its first run it
scored P 0.93, R 0.96, F1 0.95 with 7.1 % false alarms (one family of fourteen: growing pauses were
only seen from the second try on), which is the clean figure; that family was then mended.

The eighth bank is what users of AutoGen meet: pairs with code, selector groups, swarms, reflection,
surfers, retrieval; jobs, boards, ledgers, games and bargains as look-alikes. It was written before
the rules that judge it first: with the rules as they were it scored P 0.92, R 0.90, F1 0.91 with
5.0 % false alarms, 4.0 cycles; at the first look of the rules with the ninth bank behind them
P 0.90, R 0.92, F1 0.91 with 6.2 %, 3.6 cycles, which is the clean figure. The patience with words
that change with what was heard was then raised (from twice to four times the evidence), after its
rate of false alarms was known and by the rates of the fourth and fifth banks' kept halves. What it
gets wrong was never looked at. Since then it counts with the fourth and fifth banks' kept halves as
one set of which no text was read, but whose rates, and averages of what the rules go by, were known
when the rules were changed: P 0.95, R 0.89, F1 0.92 with 2.6 % before, P 0.98, R 0.90, F1 0.94 with
0.9 % after. That is an upper bound, no clean figure.

The ninth bank is for tuning: small worlds in words, and such as stand still. On its first run it
scored P 0.74, R 0.96, F1 0.84 with 11.1 % false alarms. It showed that in small worlds the words
that change are those that others have just said, or that others use, or fill an equal frame; in
loops they change by chance.

The tenth bank is not part of the project. It was written by another hand from what such teams do,
without sight of rules, banks or figures: 34 families of loops and 40 of look-alikes, four seeds
each (136 and 160 files), whose wording goes from verbatim to all varied with small talk in between.
Looked at once with the rules of today (d320c7a) it scored P 0.95, R 0.79, F1 0.86 with 3.8 % false
alarms (migrations that each change another table with no row affected; one timeout at each of
several mirrors), agents exact in all, onset within one period in 94 %, 3.5 cycles in the median.
With the rules before that day it was the same to three digits. Nothing was mended by it. Misses are
mostly sentences that repeat amid small talk.

The eleventh bank is of 24 families of loops and 30 of look-alikes that no other bank has, told
plainly, in varied words or amid small talk, written without a look at the rules (by somebody who
had seen the names of the other banks' families). On its first run (4447ce4) it scored P 0.80, R
0.67, F1 0.73 with 13.3 % false alarms, 3.0 cycles. False alarms: one failure at each of a row of
things (resolvers, ports), pages that share a foot, requests in one form, code that is dictated line
by line. Misses: results within envelopes whose keys nobody knew, one cause that names what it was
asked for (a full disk), numbers that change within a failure and mean nothing. Mended in general
form: rows of things, failures that no other thing helps, envelopes with one entry that is not about
the call, what is quoted anew, and days, which are what a call is about and no time stamp: P 0.94, R
0.75, F1 0.83 with 4.2 %. It is in view now, and its row below is no clean one. Left: messages whose
frame is long and whose news are two words, counters of restarts, one-time codes, ids that are fresh
with each try, pairs that ask each other in three words amid others' news.

The twelfth bank is not part of the project: 20 families of loops and 24 of look-alikes, four seeds
each, again new ones, written after that mending by the same hand. The rules of the day before
(4447ce4) score P 0.86, R 0.90, F1 0.88 with 12.5 % on it; the first look of the mended ones
(e54c0da) P 0.96, R 0.90, F1 0.93 with 3.1 %, agents exact in all, onset in 97 %, 4.0 cycles. That
is the clean figure. Its one family of false alarms (odd values that a parser refuses) and sentences
behind new small talk were then mended: P 1.00, R 0.94, F1 0.97 with none.

The thirteenth bank has 18 families of loops and 27 of look-alikes at desks, in code, in records and
tables, in Russian, Turkish, French, Portuguese and Chinese. On its first run (4a4c61a) it scored P
0.82, R 0.68, F1 0.74 with 10.2 % false alarms, 3.5 cycles. False alarms: a list of failing tests
that gets shorter, one command for file after file, news above a signature. Misses: what is started
anew and fails as before under a new number (runs, jobs of a shell, one-time codes). Mended in
general form: P 1.00, R 0.90 with none. It is in view now.

Four more banks are not part of the project, by the same hand as the thirteenth. The fourteenth was
made after that mending in another way: 16 processes that move on, each with a twin that says the
same with the same words and stands still (8 seeds). First look, nothing mended by it: P 1.00, R
0.73, F1 0.84, no false alarm, onset in 85 %, 4.0 cycles; before the day's changes the same. Misses
are messages of a few words, and results that only a human knows for failures (it slipped, the
mailbox is unavailable). The fifteenth is commands and acknowledgements (10 and 39 families): first
look P 0.76, R 0.95, F1 0.84 with 7.7 % (12.8 % before the day), from values in switches, two names
in one command, and different errors in one frame; mended P 1.00, R 0.95 with none. The sixteenth
came after that, groups that talk in fixed forms, with records, numbers that waver, small talk, five
languages (11 and 21 families), nothing mended by it: P 1.00, R 0.93, F1 0.96, no false alarm, onset
in all, 3.5 cycles. The seventeenth talks as models do, with headings, bullets, offers to go on (10
and 20 families, six seeds): first look P 0.90, R 0.88, F1 0.89 with 5.0 % false alarms, all from
plans whose boxes get ticked; mended P 1.00, R 0.88 with none, 3.5 cycles.

The eighteenth bank is of what real teams were seen to do: instructions that are put in other words,
searches by synonyms, failures that stay, approvals that go round, templates that drift; and boards,
changelogs, desks, quizzes, pick lists, tickets. What is said are statements in one of several
wordings and in an order that changes, with or without what models put around them. Half of its 22
families of loops and 34 of look-alikes are in view, of the others only rates were looked at (and
the names of three that are missed and of the one that alarms, pull requests merged one after
another). It was written by somebody who had read the rules, before any rule was mended by it. First
look (bb5214f, six seeds): P 0.93, R 0.80, F1 0.86 with 3.9 % false alarms, agents exact in 97 %,
onset in 98 %, 4.0 cycles; its half in view P 0.90, R 0.80, F1 0.85 with 5.9 % (a list of failures
that gets shorter), its kept half P 0.96, R 0.79, F1 0.87 with 2.0 %, 4.6 cycles. Mended by the half
in view (69d446f) the kept half came to P 0.97, R 0.92, F1 0.95 with 2.0 %, 4.7 cycles: more of its
loops are found, the added ones late.

The nineteenth bank is not part of the project: 12 families of loops and 20 of look-alikes in few
words (change boards, notes with one ending, desks, clipped settings, meters, spelling, bisecting),
by the same hand after that mending. First look (e21797f, six seeds): P 1.00, R 0.90, F1 0.95, no
false alarm, agents and onset exact in all, 3.5 cycles (R 0.88, F1 0.93 with the rules of 8a2815f).
Then errors of the code itself, whatever number it is given, were no row of things any more: R 0.94.

The twentieth and twenty-first banks are not part of the project: 20 and 12 families of loops, 23
and 16 of look-alikes, four seeds each, written without a look at the rules, in manners that no
other bank has: mails with signatures and quotes, chats with times and reactions, tags, headings;
speech, records, rows of a table, quotes first, long courtesies. Half of each was never read. First
look at the twentieth (dc4a19e): P 0.98, R 0.62, F1 0.76 with 1.1 % false alarms, its kept half P
1.00, R 0.54, F1 0.70 with none. Mended by its half in view (times, reactions, headings, what a mail
answers, records that are not valid, files under new names) the kept half came to P 1.00, R 0.83, F1
0.91 with none, 3.4 cycles. First look at the twenty-first with that mending: P 1.00, R 0.48, F1
0.65, no false alarm (R 0.42 without it), its kept half P 1.00, R 0.31, F1 0.48. With the numbers of
messages aside it came to P 0.97, R 0.71, F1 0.82 with 1.6 %, its kept half to P 0.90, R 0.56, F1
0.69 with 3.1 % (one of 32). Left: short messages within long courtesies or behind quotes, results
whose flags only a human reads (`"grasped": false`).

The twenty-second, twenty-third and twenty-fourth banks are not part of the project, three seeds
each, the first two written without a look at the rules and the third with: 26 and 27 families of
loops, 29 of look-alikes each, of all kinds of agents' work, with sentences dealt from decks of four
to eight wordings; and 19 and 12 of calls alone (one cause that each program tells in other words,
searches by synonyms, fresh ids, long pages). Half of each was never read. First look (3b1e58d; the
twenty-fourth 3f0f0fb): the twenty-second P 0.97, R 0.80, F1 0.87 with 2.3 % false alarms, its kept
half P 0.95, R 0.83, F1 0.89 with 3.7 % (two of 54), 6.0 cycles; the twenty-third P 1.00, R 0.68, F1
0.81 with none, its kept half R 0.62, F1 0.77; agents exact in all, onset in 94 and 100 %. The
twenty-fourth P 0.88, R 0.37, F1 0.52 with 8.3 % (one family of twelve: a call out of habit beside
new text), its kept half R 0.33. Mended by the halves in view: failures are of one kind in any
words, other failures in between are no progress, nothing found is the same nothing, hits may come
in another order and a page under another foot, a record that denies what its tool is called for has
failed, and the round of a talk that says all again is a turn of each. The kept halves came to P
0.95, R 0.88, F1 0.91 with 3.7 %; P 1.00, R 0.62, F1 0.77 as before; P 1.00, R 0.83, F1 0.91 with
none. Which family alarmed there was guessed, not looked at, and one like it was mended: that 0 is
not clean. A twenty-fifth bank of 7 and 8 families, written after that mending by somebody who knew
the rules, came to P 1.00, R 0.48, F1 0.65 at its first look (dca7404), where the rules before all
of it had R 0.33; no false alarm in either. Left: paraphrases that share few words until the deck is
through (5 to 7 cycles), approvals that wait for each other, a cart that is empty again under a new
session.

The twenty-sixth and twenty-seventh banks are not part of the project: 39 and 36 families of loops,
47 and 44 of look-alikes, three seeds each, written by somebody who saw neither the detector nor
what is said here of it; the first mostly talk in decks of five to eight wordings, the second mostly
agents with tools. Half of each was kept apart. First look of those rules (dff9b2c) at the complete
banks: the twenty-sixth P 0.93, R 0.76, F1 0.84 with 5.0 % false alarms, all of them in its kept
half (P 0.86, R 0.86, F1 0.86, 13 %); agents exact in all, onset in 82 %, 7.4 cycles. The
twenty-seventh P 0.97, R 0.60, F1 0.74 with 1.5 %, its kept half P 1.00, R 0.55, F1 0.71 with none;
agents 97 %, onset 83 %, 6.0 cycles. Mended by the halves in view (d83911b): names of runs that a
call made up, handles that a page gives its elements anew, lists in another order and figures of a
failure that waver are no news; a record whose message says that it did not work has failed; two
calls that are each told to wait for the other are no waiting; a list of failures that is cut may be
worked off, and what is polled may stand still between two changes; and when two messages in a row
come to the letter after other ways to say them lay between, all ways are through. The twenty-sixth
came to P 0.93, R 0.83, F1 0.88 with 5.0 % (its kept half R 0.86, F1 0.86 as before), the
twenty-seventh to P 1.00, R 0.77, F1 0.87 with none (its kept half R 0.58, F1 0.74), 7.3 and 5.0
cycles; kept halves of the twenty-third R 0.64, of the twenty-fifth 0.67. So what was mended helped
little where nobody looked. Then the kept halves were read as well, so that both banks are in view:
a commit's short name, a write's number that is all an answer holds, an id that is cut and the
number that a record answers to are no news; a block of code or a record that is handed over again
is the same draft, whatever is said around it; a letter filled with other names and matters each
time is work. The twenty-sixth came to P 0.96, R 0.87, F1 0.91 with 2.8 %, the twenty-seventh to P
1.00, R 0.85, F1 0.92 with none, 7.0 and 5.0 cycles; nothing changed in the other kept halves. Left:
a sixth search in other words that does find something, a text that is cut to length word by word,
scores that stay while the text changes, an answering machine, a queue that does not move; and a
talk in a deck of eight wordings is told only when the deck is through. Tried against that, and
left: a table of synonyms twice as long (a handful of runs changed, for better and for worse), a
milder weight of messages whose words are mostly known (false alarms 0.8 to 1.1 % in view, R 0.960
to 0.956), and a classifier by boosted trees of some thirty features of the last three rounds (new
words, things and numbers, shared words, speech acts). Fitted on the other banks it found the loops
of these two in 3.5 to 4 cycles with R 0.88 to 0.97, at 12 % false alarms; where it kept to 2 % more
than there were, R rose by 0.09 and the cycles came to 5.3 to 6.8, for P 0.967 instead of 0.989 in
view.

The twenty-eighth bank is not part of the project either: 24 families of loops and 30 of
look-alikes, three seeds, half talk and half tools, in the manner of assistants for code, support,
research, data, operations, games and lessons, by somebody who had seen none of the others. First
look of the rules before all of that (dff9b2c): P 1.00, R 0.85, F1 0.92; of the mended ones
(1473e69) P 1.00, R 0.89, F1 0.94; no false alarm in either, agents exact in all, onset in 87 and 83
%, 7.4 cycles. Nothing was mended by it.

Three more banks are not part of the project, three seeds each, by hands that had seen neither the
detector nor what is said here of it. The twenty-ninth has 42 families of loops and 47 of
look-alikes, half talk and half tools: first look (52f90e9) P 0.99, R 0.79, F1 0.88 with 0.7 % false
alarms, agents exact in 88 % (who asks in each round is left out where the other calls), onset in 89
%, 5.2 cycles. Mended by it: which process wrote a line of a log, and when a state was looked at,
are no news. Of the mended rules the thirtieth (41 and 49 families, likewise) at first look: P 0.94,
R 0.78, F1 0.85 with 4.1 %, agents 96 %, onset 97 %, 4.7 cycles; false alarms are a form that is
refused for another field each time and one run each of a list of findings that gets shorter, a
stand-up over days and columns that are guessed. The thirty-first (47 and 56 families, two thirds
agents with real programs' output): P 0.95, R 0.56, F1 0.71 with 2.4 %, agents 92 %, onset 96 %, 3.7
cycles. Its misses are mostly whole families of which no run is told: switches that two agents turn
on and off with a version that counts up, screens whose picture has a new name each time, a push
that is rejected under other numbers, queries without rows, a document saved over another's, and
talk in four languages. Of all that the form alone was mended (a record's list of errors that gets
shorter is worked off): the thirtieth then has 2.0 % false alarms.

CPU time of the loop rules a message (synthetic texts, what is read of the trace included; in turns
with 4a4c61a on a machine under load, where that takes a fifth more than idle, so take the ratios):
at 1 KB 159 µs fresh texts (0.97 of what it was), 186 near repeats (0.56), 192 with one number that
changes (0.75), 125 calls (1.06); at 8 KB 510 (0.76) and 533 (0.56). 100,000 steps of an OTLP file
through all rules: 0.69 to 0.79 of what it was, 174 MB; a third of it is reading the file. Since
then (53bf5dc against 8a2815f, in turns, four other processes at work on two cores): fresh texts of
1 KB take 0.96 to 0.99 of what they took, near repeats 0.90 to 0.92 at 1 and 8 KB, one number that
changes 0.98 to 1.01, calls 0.94 to 0.97; 20,000 steps through import and all rules 0.87 and 0.91,
100,000 steps (13390be) 0.87 and 0.88: 24 to 28 s under that load, where 8a2815f took 28 to 32.
After that (against 23f81ba, three turns, load 5 to 8 on two cores): calls of 1 KB 0.70 of what they
took (113 µs in the best turn), one number that changes 0.90 (219), near repeats 0.96 (311; 0.94 at
8 KB), fresh texts 0.95 (130; 0.93 at 8 KB), findings the same to the letter. Then (dc4a19e to
bc6004d, in turns, load 7 on two cores, other texts): at 1 KB fresh texts 0.83 of what they took
(152 µs), one number that changes 0.80 (190), near repeats 0.79 (389), calls as before (119); at 8
KB 0.79 (508), 0.69 (347), 0.60 (976), 0.93 (194); all rules over 20,000 steps 0.83. What near
repeats take is above the bar of 150 µs, and so is one number that changes. Since (a7915fd with
32108c8 against dff9b2c, load 6 on two cores): at 1 KB fresh texts 115 µs (125), one number that
changes 119 (127), the same again 73 (108), near repeats 253 (271), failing calls 191 (311), other
calls 152 (144: what is looked for in results has grown); at 8 KB 269, 336, near repeats 1,073
(1,186), calls 439 (392); 100,000 steps 27.5 s of user time (31.5), 176 MB.

Since, what a comparison of calls needs of each call is found out once, and where a failure was is
looked for word by word (`diagnose_cost.py`, in units of one compression of two such texts by zlib,
as the machine of that day was a third as fast as others): calls of 1 KB 15 -> 6.3, failing ones 8.9
-> 5.6; fresh texts 7.6, one number that changes 12, the same again 5.7, near repeats 17 as before;
20,000 mixed steps of 2 KB 16.0 -> 11.9 s, before a trace file was read in a fifth less.

Cycles are counted as in the measurements behind these rules, the first occurrence among them: three
equal calls are three. The median is 3.5 in the banks in view. In those never read it was 4.0 (51 %
of what is found took more than 3.5) and is 3.5 by a hair (190 of 381 do, the mean is 4.06); with
the eighteenth bank's kept half beside them it is 4.0 (54 %, 4.16). A whole round in which nobody
uses a word or number that was not in use in the conversation's last thirty messages is told at a
score of 3.0 instead of 3.6, and a failure that does not pass by itself at the third try instead of
the fourth, when its agent comments on its tries and does nothing else in between: on all banks that
cost one false alarm (a litany). So it is when the tries differ, and when one page comes to the
letter: 600 instead of 639 of 1547 take more than 3.5 cycles in view, 187 instead of 190 of 381 in
the banks never read, 230 instead of 237 of 442 (median 4.0) with the eighteenth's kept half, no
false alarm more; the same try again in silence told at the third costs P 0.004 in view. With two
rounds instead of two and a half beside it the unread banks come to 3.5, with no false alarm more;
but then four agents who once say again what they said are a loop, and that is how status rounds go.
So a talk still has to be in its third round, but a whole round of repetitions without a new word is
enough there, whatever the second one brought (it took one and a half or two): no false alarm more,
R 0.955 instead of 0.953 in view, the same 0.934 in those never read. Two rounds where one or two
take part, or where a call came to the same again, brought the mean to 4.09 and left the median. One
agent that silently repeats one call is told at the fourth (three tries are common practice, and
what looks like a loop in the banks stops there). Paraphrases want as many repetitions as their
words leave doubt. Other weights (news 1.5 instead of 2, alike 1.2 instead of 1, more for messages
of six word pairs, a score of 3.3) bring the mean from 4.29 to 4.20 at best, the median nowhere, and
cost a false alarm or two each.

On the banks whose text was never read the mending brought P 0.984, R 0.897, F1 0.94 with 0.9 % to P
0.984, R 0.927, F1 0.95 with 0.9 %, 4.0 cycles before and after. Then two rounds without a word or
number that nobody had used lately, and without a thing in the place of another, were taken for talk
in which all is said, however many words its agents share: P 0.984, R 0.934 with 0.9 % there, P
0.987, R 0.954 with 0.9 % in view (0.989, 0.947 and 0.8 % before), where it costs two of six
bargains over six goods. Firing earlier costs more than it brings: on the banks in view two rounds
instead of two and a half lower P from 0.991 to 0.979 and bring the mean from 3.8 to 3.7 cycles, a
score of 3.0 instead of 3.6 P to 0.987 and the mean to 3.7; the median stays 3.5. Small talk does
harm: with another unrelated sentence before or behind three of five messages (both in a third of
these) the banks in view come to P 0.96, R 0.72, the unread ones to P 0.95, R 0.68 (0.95, 0.69 and
0.92, 0.63 before). Taking sentences that were all said before for a repetition changed that by one
point and was left out.

What alarms in the ninth and eleventh bank (three lands, notes with one ending, a board, a litany)
has one thing in common: each message joins known words that its agent has not joined before. Taking
that for news where nine of ten messages do so (words that stand in most of them aside) ends three
false alarms and costs two loops, where seven of ten do six and seven; the board and the litany
stay. It was left out, too. So was comparing messages without everyday phrases, which costs two
points of recall in view and three elsewhere.

Looking at all banks at once: every false alarm but one came from messages that are alike, none from
calls, drafts or hand-offs. Of the loops that were found by alike messages in the banks in view
hardly any changed its words as a world does: to call these after four times the evidence bought
false alarms and left recall as it was to three digits. Now such a talk is no loop, however long it
lasts. And one message in whose place two others have another thing in the same words (things being
what is no everyday talk about work) is enough for it, where English is spoken; a loop says the same
thing in other words.

A learned score in place of the rules did no better. A logistic regression over up to forty signs
(repetition, density, rounds, calls, failures, new words and numbers, questions, talk of being
stuck, courtesies, echoes, ...), fitted on the banks in view with the hardest moments of each run,
came to P 0.98, R 0.97 with 1.5 to 2 % false alarms with families left out, but to P 0.94, R 0.89
with 3.7 % on the banks not in view, where the rules had P 0.95, R 0.89 with 2.6 %. What compares
two messages had been made with these families in view, so leaving families out of the last stage
flatters. A second kind of evidence (failures, questions, talk of being stuck) as a condition, or as
a reason to call a loop sooner, lowered recall or precision, too.

With `--left-out 3`, the four settings that decide when alike messages are a loop are chosen anew by
all other families, or banks, from what they are and two neighbours of each:

| left out | P | R | F1 | false alarms | chosen |
| --- | --- | --- | --- | --- | --- |
| each family | 0.985 | 0.947 | 0.966 | 1.0% | as they are: 842 of 842 |
| each bank | 0.985 | 0.936 | 0.960 | 1.0% | as they are: 14 of 17, one filling instead of two: 3 |

No family holds up a setting by itself (rules of e21797f). It says less of what families are like
that nobody has thought of: these show in the first looks told above, 0 to 11 % false alarms a bank
before mending.

| bank | its families were in view |
| --- | --- |
| tuning bank; third, fourth, fifth bank, tuning halves; sixth, ninth, eleventh, thirteenth | yes |
| held-out bank; third bank, kept half; seventh bank | some, as told above |
| eighteenth bank, half in view | yes |
| fourth, fifth, eighteenth bank, kept halves; eighth bank | no, but their rates |

Recorded logs, converted, not kept here. Labels: for Who&When's hand-crafted runs Magentic-One's own
ledger (a loop is three moments "in loop" in a row or twice two; none is none; the rest is left
out), ledger and thoughts themselves not shown to the rules; for the teams on a small real model
(SmolLM2, 135M; AutoGen 0.7.5 and v0.2) reading those that stayed silent and part of those that did
not:

| logs | runs | with a loop, found | without, alarms |
| --- | --- | --- | --- |
| Who&When, converted a third time | 45 | 15 of 23 | 0 of 22 |
| tau-bench, gpt-4o in the airline, solved | 84 | | 0 of 84 |
| tau-bench, published examples of an airline and a shop, outcome not told | 88 | | 0 of 88 |
| tau-bench, not solved, not labelled | 116 | | 5 of 116 |
| Who&When, generated by an algorithm, 5 to 10 steps, not labelled | 126 | | 0 of 126 |
| v0.2 chats printed in 113 public notebooks, read where they alarmed | 164 | | 11 (8 right) |
| teams on a small real model (with the rules before the fifth bank) | 44 | 27 of 31 | 0 of 13 |
| 41 other programs on it, recorded by `loupe run` (d320c7a) | 72 | 15 of 20 | 0 of 51 |

Who&When P 1.00, R 0.65, F1 0.79 (14 of 23 in the conversion before; its odd numbers had been in
view when the first rules were made); small model P
1.00, R 0.87 and, of the other programs, 0.75 (one run was doubtful; of the 51 all but one have at
most four messages). `talk.restated-request`, a suggestion and no loop, came up in 6 of the Who&When
runs before the fifth bank, all of them with a loop by the ledger, in none of the solved tau-bench
runs and in one look-alike of the tuning banks. Who&When and tau-bench were run again with the rules
of today, converted anew; the small model's first logs were not. Converted a fourth time, with the
customer as one who speaks, before and after the last mending alike: Who&When 15 of 23 and 0 of 22,
the solved airline 1 of 84 (customer and assistant go over one flight for sixteen turns), the one
not solved 6 of 116, the generated runs 0 of 126. The wrong alarms in notebooks:
twenty chats that the conversion had joined, the questions within a memory, an illegal move of chess
tried three times before another. Of the notebooks that stayed silent the fourteen with the most
alike messages were read: none is a loop.

An alarm before the onset counts as false. "agents": share of the found loops whose set of agents is
exact; "onset": within one period; "cycles": median number of cycles until the alarm.
"""

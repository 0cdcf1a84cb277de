"""The sections of a class report's page, as Jinja templates; macros and values are those of the page."""

SHORT = """
<ul class="short">
<li><h2><a href="#spread">How did it go?</a></h2>
{% if spread %}
<strong class="big">Median {{ spread.median|percent }}</strong>
{% if spread.n > 3 and spread.low < spread.high %}
<p>Half of {{ spread.n|people }} have between {{ spread.low|percent }} and {{ spread.high|percent }} of the points;
{{ spread.full }} {{ "has" if spread.full == 1 else "have" }} all.</p>
{% else %}
<p>{{ spread.n|people }}, {{ spread.full }} with all the points.</p>
{% endif %}
{% if hand_points %}<p class="muted">Without the {{ hand_points|of_points }} given by hand.</p>{% endif %}
{{ image("glance") }}
{% else %}
<strong class="big">Not known yet</strong>
<p>Nobody has a grade.</p>
{% endif %}
</li>
<li><h2><a href="#again">What should I teach again?</a></h2>
{% if repeated %}
<strong class="big">{{ title(repeated[0]) }}</strong>
<p>{{ repeated[0].students|people }} of {{ graded.graded|length }}
({{ where(repeated[0], 3) }}).{{ " Then:" if repeated|length > 1 }}</p>
<ul class="plain">
{% for one in repeated[1:3] %}
<li>{{ title(one) }} ({{ one.students|people }})</li>
{% endfor %}
</ul>
{% elif hardest %}
<strong class="big">{{ hardest[0]|plain(60) }}</strong>
<p>The hardest exercise: {{ hardest[1]|percent }} of its points.
{% if report.mistakes %}No mistake that has a name was made twice.{% endif %}</p>
{% else %}<strong class="big">{{ "Nothing" if spread else "Not known yet" }}</strong>{% endif %}
{% if repeated and hardest %}
<p>Hardest exercise: {{ hardest[0]|plain(60) }}, {{ hardest[1]|percent }} of its points.</p>
{% endif %}
</li>
{% set talks = report.missing|length + report.idle|length + report.low|length %}
<li{{ ' class="alarm"'|safe if talks }}><h2><a href="#talk">Whom should I talk to?</a></h2>
<strong class="big">{{ talks|people if talks else "Nobody" }}</strong>
{% if report.low %}
<p>{{ report.low|length }} below {{ low|percent }} of the points:
{% for talk in report.low[:4] %}
{{ who(talk.student.id) }} ({{ talk.share|percent }}){{ ", " if not loop.last }}
{%- endfor %}
{{- ", …" if report.low|length > 4 }}</p>
{% endif %}
{% if report.idle %}<p>{{ report.idle|length }} attempted nothing.</p>{% endif %}
{% if report.missing %}<p>{{ report.missing|length }} handed nothing in.</p>{% endif %}
</li>
<li{{ ' class="alarm"'|safe if urgent }}><h2><a href="#look">What must I look at?</a></h2>
{% if no_result %}
<strong class="big">{{ no_result|people("submission", "submissions") }} without a result</strong>
{% elif doubtful %}
<strong class="big">{{ doubtful|people("doubt", "doubts") }} about points</strong>
{% elif report.hand_work %}
<strong class="big">{{ to_grade|people("answer", "answers") }} by hand</strong>
{% else %}
<strong class="big">Nothing urgent</strong>
{% endif %}
{% if no_result and doubtful %}<p>{{ doubtful|people("doubt", "doubts") }} about points.</p>{% endif %}
{% if report.hand_work and (no_result or doubtful) %}
<p>{{ to_grade|people("answer", "answers") }} to be graded by hand.</p>
{% endif %}
{% if unusual %}<p>{{ unusual|people("other unusual thing", "other unusual things") }}.</p>{% endif %}
</li>
</ul>
"""

LOOK = """
<section aria-labelledby="look">
<h2 id="look">What to look at</h2>
{% if urgent %}
{{ sights(urgent, "Submissions without a result, and points that may be wrong") }}
{% else %}
<p>{{ "Every submission has a result, and nothing speaks against the points." if spread
else "There is no submission." }}</p>
{% endif %}
{% if report.hand_work %}
<h3>To be graded by hand</h3>
<ul class="plain">
{% for work in report.hand_work %}
<li><b>{{ graded.label(work.cell)|plain(80) }}</b> ({{ work.cell.max_score|of_points }}):
{% if work.open %}{{ work.open|people("answer", "answers") }} without points{% endif %}
{{ ", " if work.open and work.to_confirm }}
{% if work.to_confirm %}{{ work.to_confirm|people("answer", "answers") }} graded by hand before the last run, to be
confirmed{% endif %}</li>
{% endfor %}
</ul>
{% endif %}
{% if unusual %}
<h3>Unusual, and dealt with</h3>
{% if unusual|length > 8 %}
{{ sights(unusual[:6], "What concerns most submissions first") }}
<details><summary>{{ unusual|length - 6 }} more</summary>
{{ sights(unusual[6:], "The rest") }}
</details>
{% else %}
{{ sights(unusual, "What concerns most submissions first") }}
{% endif %}
{% endif %}
{% if outside %}
<p>These grade cells ran in the student's process, as their metadata asks for, where code of the student's can reach
them: {{ outside|join(", ")|plain }}.</p>
{% endif %}
</section>
"""

TALK = """
<section aria-labelledby="talk">
<h2 id="talk">Whom to talk to</h2>
{% if report.missing %}
<div><b>Handed nothing in:</b> {{ everyone(report.missing|map(attribute="id")|list, 12) }}</div>
{% endif %}
{% if report.idle %}
<div><b>Attempted nothing:</b> {{ everyone(report.idle|map(attribute="id")|list, 12) }}</div>
{% endif %}
{% if report.low %}
{{ talk_table(report.low[:12], "Below " ~ low|percent ~ " of the points given so far, the lowest first") }}
{% if report.low|length > 12 %}
<details><summary>{{ report.low|length - 12 }} more below {{ low|percent }}</summary>
{{ talk_table(report.low[12:], "The others below " ~ low|percent) }}
</details>
{% endif %}
{% endif %}
{% if report.late %}
<p><b>Late:</b>
{% for student in report.late[:12] %}
{{ who(student.id) }} ({{ student.seconds_late|duration }}{% if student.penalty %}, −{{ student.penalty|of_points }}
{%- endif %}){{ ", " if not loop.last }}{% endfor %}
{{- ", and " ~ (report.late|length - 12) ~ " more" if report.late|length > 12 }}</p>
{% endif %}
{% if not (report.missing or report.idle or report.low or report.late) %}
<p>{{ "Nobody: all are in time and have at least " ~ low|percent ~ " of the points." if spread else "Nobody." }}</p>
{% endif %}
</section>
"""

AGAIN = """
<section aria-labelledby="again">
<h2 id="again">What to teach again</h2>
{{ picture("mistakes", "Known mistakes by the number of students who made them.") }}
{% if report.mistakes %}
{% set first = report.mistakes[:8] if report.mistakes|length > 10 else report.mistakes %}
{{ mistake_table(first, "Mistakes that the checks recognised, the most frequent first") }}
{% if report.mistakes|length > first|length %}
<details><summary>{{ report.mistakes|length - first|length }} more, made by
{{ report.mistakes[8].students|people }}{{ " or fewer" if report.mistakes[8].students|length > 1 }} each</summary>
{{ mistake_table(report.mistakes[8:], "The less frequent mistakes") }}
</details>
{% endif %}
{% else %}
<p>The checks recognised no mistake by name.</p>
{% endif %}
{% if report.complaints %}
<h3>What else was said of wrong answers</h3>
{% set first = report.complaints[:5] if report.complaints|length > 7 else report.complaints %}
{{ complaint_table(first, "Where no mistake was recognised: the first thing that a failing cell said") }}
{% if report.complaints|length > first|length %}
<details><summary>{{ report.complaints|length - first|length }} more</summary>
{{ complaint_table(report.complaints[5:], "The rest") }}
</details>
{% endif %}
{% endif %}
</section>
"""

SPREAD = """
<section aria-labelledby="spread">
<h2 id="spread">How it went</h2>
{% if spread %}
{{ picture("scores", "Students by their share of the points given so far, before late penalties.") }}
{{ picture("exercises", "How far the answers to each exercise got, in the order of the notebook.") }}
{% else %}
<p>Nobody has a grade yet.</p>
{% endif %}
</section>
"""

ITEMS = """
<section aria-labelledby="items">
<h2 id="items">Grade cells</h2>
{% if "items" in pictures %}
<p>Difficulty is the mean share of a cell's points: the longer the bar, the easier. Discrimination is the correlation
of the points in a cell with those in all other cells: well above 0, who is good elsewhere is good here; around 0, the
cell tells little; below 0, look at the test. Both wait until all answers to a
cell have points; the correlation needs three students who differ.
{% if least and least < 20 %}With {{ least|people }}, a correlation is a rough hint.{% endif %}</p>
{{ picture("items", "Difficulty and discrimination of each grade cell, in the order of the notebook.") }}
<details><summary>The same as a table</summary>
<div class="wide" tabindex="0" role="region" aria-label="Grade cells">
<table>
<caption>Grade cells in the order of the notebook; n is the number of students whose points are final</caption>
<thead><tr><th scope="col">grade cell</th>{% if several %}<th scope="col">notebook</th>{% endif %}
<th scope="col" class="n">points</th><th scope="col" class="n">n</th><th scope="col" class="n">difficulty</th>
<th scope="col" class="n">discrimination</th>
<th scope="col" class="n">all points</th><th scope="col" class="n">no points</th>
<th scope="col" class="n">not attempted</th></tr></thead>
<tbody>
{% for item in report.items %}
<tr><th scope="row">{{ item.cell.name|plain(80) }}</th>
{% if several %}<td>{{ item.cell.notebook|plain(60) }}</td>{% endif %}
<td class="n">{{ item.cell.max_score|points }}</td><td class="n">{{ item.n }}</td>
<td class="n">{{ item.difficulty|percent }}</td>
<td class="n">{{ "%.2f"|format(item.discrimination) if item.discrimination is not none else "–" }}</td>
<td class="n">{{ item.full }}</td><td class="n">{{ item.nothing }}</td><td class="n">{{ item.not_attempted }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
</details>
{% else %}
<p>No points have been given yet.</p>
{% endif %}
</section>
"""

TIME = """
<section aria-labelledby="time">
<h2 id="time">Time that grading took</h2>
{% if typical %}
<p>{{ typical[0]|duration }} for a submission in the middle, {{ typical[1]|duration }} for the slowest, of
{{ who(typical[2]) }}.</p>
{{ picture("stages", "What the time went into, all submissions together.") }}
{% if slowest %}
<table>
<caption>The grade cells that ran longest</caption>
<thead><tr><th scope="col">grade cell</th>
<th scope="col" class="n">in the middle</th><th scope="col" class="n">longest</th><th scope="col">for</th></tr></thead>
<tbody>
{% for slow in slowest %}
<tr><th scope="row">{{ graded.label(slow.cell)|plain(80) }}</th><td class="n">{{ slow.median|duration }}</td>
<td class="n">{{ slow.longest|duration }}</td><td>{{ who(slow.student) }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endif %}
{% else %}
<p>No times were recorded: nbgrader's own autograder does not, and python -m autograder grade does.</p>
{% endif %}
</section>
"""

EVERYBODY = """
<section aria-labelledby="everybody">
<h2 id="everybody">Everybody</h2>
{% if lines %}
<div class="wide" tabindex="0" role="region" aria-label="Table of everybody">
<table class="tight">
<caption>Those in most need of a look first. {% for level, sign in signs.items() %}{{ sign }} {{ level
}}{{ " · " if not loop.last }}{% endfor %}</caption>
<thead><tr><th scope="col">student</th><th scope="col" class="n">result</th><th scope="col" class="n">share</th>
<th scope="col">remarks and mistakes</th>
{% for name in exercises %}<th scope="col">{{ name|breakable }}</th>{% else %}<th scope="col">exercises</th>{% endfor %}
</tr></thead>
<tbody>
{% for line in lines %}
{% set student = line.student %}
<tr id="s{{ loop.index0 }}"><th scope="row">
{%- if line.page %}<a href="{{ line.page }}"><bdi>{{ student.name|plain(60) }}</bdi></a>
{%- else %}<bdi>{{ student.name|plain(60) }}</bdi>{% endif %}
{% if student.name != student.id %}<br><span class="muted"><bdi>{{ student.id|plain(60) }}</bdi></span>{% endif %}</th>
{% if student.grades %}
<td class="n">{{ student.result|points }}/{{ graded.max_score|points }}</td><td class="n">{{ line.share|percent }}</td>
{% else %}
<td class="n">–</td><td class="n">–</td>
{% endif %}
<td class="remarks">
{%- if student.state != "graded" and not student.concerns %}{{ student.state }}. {% endif %}
{% if student.id in idle %}nothing attempted. {% endif %}
{% if student.seconds_late %}{{ student.seconds_late|duration }} late
{%- if student.penalty %}, −{{ student.penalty|of_points }}{% endif %}. {% endif %}
{% if student.concerns %}<b>{{ student.concerns|map(attribute="text")|join("; ")|plain }}</b>. {% endif %}
{{ line.mistakes|join("; ")|plain }}</td>
{% for name in exercises %}
{% set grade = by_name[student.id].get(name) %}
{% if grade %}
<td class="level {{ grade.level|replace(" ", "-") }}" title="{{ grade.level }}">{{ signs[grade.level] }}
{{ "?" if grade.level == "to be graded by hand" else grade.score|points }}/{{ grade.max_score|points }}</td>
{% else %}
<td>–</td>
{% endif %}
{% else %}
<td>{% for level, count in counts[student.id].items() %}{{ signs[level] }} {{ count }} {% endfor %}</td>
{% endfor %}
</tr>
{% endfor %}
</tbody>
</table>
</div>
{% else %}
<p>There is nobody in the gradebook, and nobody has handed in.</p>
{% endif %}
</section>
"""

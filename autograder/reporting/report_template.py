"""The page of a class report, as a Jinja template; whoever renders it turns autoescape on."""

from __future__ import annotations

from autograder.reporting import report_sections

_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #1b1f24; background: #fff; margin: 0 auto;
  padding: 1.2rem 1.5rem 3rem; max-width: 1240px; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .2rem; }
h2 { font-size: 1.25rem; margin: 2.4rem 0 .5rem; padding-top: .5rem; border-top: 2px solid #1b1f24; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { margin: .3rem 0 .6rem; max-width: 78ch; }
.muted { color: #4a5563; }
a { color: #0b5394; }
a:focus-visible, summary:focus-visible, .wide:focus-visible { outline: 3px solid #0072b2; outline-offset: 2px; }
.short { display: grid; grid-template-columns: repeat(auto-fit, minmax(245px, 1fr)); gap: .8rem;
  margin: 1rem 0 0; padding: 0; list-style: none; }
.short > li { border: 1px solid #aeb7c2; border-left: 6px solid #0072b2; border-radius: 4px; padding: .6rem .8rem; }
.short > li.alarm { border-left-color: #a23f00; }
.short h2 { border: 0; margin: 0; padding: 0; font-size: 1rem; }
.short strong.big { display: block; font-size: 1.45rem; line-height: 1.25; margin: .15rem 0; }
.short p, .short ul { margin: .15rem 0; }
table { border-collapse: collapse; }
caption { text-align: left; padding: 0 0 .4rem; color: #4a5563; }
th, td { border-bottom: 1px solid #cfd6de; padding: .3rem .7rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #1b1f24; vertical-align: bottom; }
tbody th { font-weight: 600; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.kind { white-space: nowrap; }
.wide { overflow-x: auto; max-width: 100%; }
.all-points { background: #e1eef8; } .some-points { background: #eef6fb; } .no-points { background: #fdf0dc; }
.level { white-space: nowrap; } td.remarks { min-width: 17em; }
.tight td, .tight th { padding: .3rem .45rem; font-size: .93rem; } .tight tbody th { min-width: 8.5em; }
figure { margin: .6rem 0; } img { max-width: 100%; height: auto; display: block; }
figcaption { color: #4a5563; max-width: 78ch; }
details { margin: .4rem 0; } summary { cursor: pointer; color: #0b5394; }
td details, th details { margin: 0; font-weight: 400; max-width: 60ch; }
ul.plain { margin: .2rem 0 .6rem; padding-left: 1.2rem; }
footer { margin-top: 3rem; color: #4a5563; border-top: 1px solid #cfd6de; padding-top: .6rem; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  h2, h3 { break-after: avoid; } tr, figure, .short > li { break-inside: avoid; } .wide { overflow: visible; }
}
"""

_MACROS = """
{% macro who(id) %}<a href="#s{{ rows[id] }}"><bdi>{{ lines[rows[id]].student.name|plain(60) }}</bdi></a>{% endmacro %}
{% macro everyone(ids, most=8) -%}
{% for id in ids[:most] %}{{ who(id) }}{{ ", " if not loop.last }}{% endfor %}
{% if ids|length > most %}
 <details><summary>and {{ ids|length - most }} more</summary>
{% for id in ids[most:] %}{{ who(id) }}{{ ", " if not loop.last }}{% endfor %}
</details>
{% endif %}
{%- endmacro %}
{% macro image(name) %}
{% if name in pictures %}
{% set drawn = pictures[name] %}
<img src="{{ drawn.uri }}" alt="{{ drawn.alt }}" width="{{ drawn.width }}" height="{{ drawn.height }}">
{% endif %}
{% endmacro %}
{% macro picture(name, caption) %}
{% if name in pictures %}
<figure>{{ image(name) }}<figcaption>{{ caption }}</figcaption></figure>
{% endif %}
{% endmacro %}
{% macro sights(found, caption) %}
<table>
<caption>{{ caption }}</caption>
<thead><tr>{% if found == urgent %}<th scope="col">kind</th>{% endif %}
<th scope="col">what</th><th scope="col">whose</th></tr></thead>
<tbody>
{% for sight in found %}
<tr>{% if found == urgent %}<td class="kind">{{ kinds[sight.urgency] }}</td>{% endif %}
<td>{{ sight.text|plain }}</td><td>{{ everyone(sight.students) if sight.students else "the class" }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endmacro %}
{% macro talk_table(talks, caption) %}
<table>
<caption>{{ caption }}</caption>
<thead><tr><th scope="col">student</th><th scope="col" class="n">share</th><th scope="col" class="n">points</th>
<th scope="col">mistakes that were recognised</th><th scope="col">not attempted</th></tr></thead>
<tbody>
{% for talk in talks %}
<tr><th scope="row">{{ who(talk.student.id) }}</th><td class="n">{{ talk.share|percent }}</td>
<td class="n">{{ talk.student.score|points }}</td>
<td>{{ talk.mistakes|join("; ")|plain(300) if talk.mistakes else "–" }}</td>
<td>{{ talk.not_attempted[:6]|join(", ")|plain if talk.not_attempted else "–" }}
{%- if talk.not_attempted|length > 6 %} and {{ talk.not_attempted|length - 6 }} more{% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
{% endmacro %}
{% macro mistake_table(mistakes, caption) %}
<table>
<caption>{{ caption }}</caption>
<thead><tr><th scope="col">mistake</th><th scope="col">where</th><th scope="col" class="n">students</th>
<th scope="col">who</th></tr></thead>
<tbody>
{% for one in mistakes %}
<tr><th scope="row">{{ title(one) }}
{% if one.mistake.title %}<span class="muted">[{{ one.name|plain(60) }}]</span>{% endif %}
{% if one.mistake.message %}
<details><summary>what a student was told</summary>{{ one.mistake.message|plain(1200) }}</details>
{% endif %}</th>
<td>{{ where(one) }}</td><td class="n">{{ one.students|length }}</td><td>{{ everyone(one.students, 5) }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endmacro %}
{% macro complaint_table(complaints, caption) %}
<table>
<caption>{{ caption }}</caption>
<thead><tr><th scope="col">exercise</th><th scope="col">said</th><th scope="col" class="n">students</th>
<th scope="col">who</th></tr></thead>
<tbody>
{% for one in complaints %}
<tr><th scope="row">{{ one.exercise|plain(60) }}</th><td>{{ one.text|plain(200) }}</td>
<td class="n">{{ one.students|length }}</td><td>{{ everyone(one.students, 5) }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endmacro %}
{% macro where(one, most=6) -%}
{% for name, students in (one.by_exercise.items()|list)[:most] %}
{{ name|plain(60) }}{{ " " ~ students|length if one.by_exercise|length > 1 }}{{ ", " if not loop.last }}
{%- endfor %}
{{- ", …" if one.by_exercise|length > most }}
{%- endmacro %}
{% macro title(one) %}{{ one.mistake.title|plain(90) if one.mistake.title else one.name|plain(90) }}{% endmacro %}
"""

PAGE = (
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{{ graded.assignment|plain(80) }}: class report</title>
<style>"""
    + _STYLE
    + """</style>
</head>
<body>
"""
    + _MACROS
    + """
<header>
<h1>{{ graded.assignment|plain(80) }}: class report</h1>
<p class="muted">{{ graded.students|people }}
{%- if states %}: {% for state, count in states.items() %}{{ count }} {{ state }}{{ ", " if not loop.last }}{% endfor %}
{%- endif %}. {{ graded.cells|people("grade cell", "grade cells") }}, {{ graded.max_score|of_points }}.</p>
</header>
<main>
"""
    + report_sections.SHORT
    + report_sections.LOOK
    + report_sections.TALK
    + report_sections.AGAIN
    + report_sections.SPREAD
    + report_sections.ITEMS
    + report_sections.TIME
    + report_sections.EVERYBODY
    + """
</main>
<footer>Made from the gradebook on {{ report.made.strftime("%Y-%m-%d at %H:%M") }}. It names students and their grades:
do not publish it.</footer>
</body>
</html>
"""
)

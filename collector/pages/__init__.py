"""The dashboard's pages, drawn on the server: they decide nothing, they show answers.

words      one language: sentences, numbers, dates     filters    what the address asks for, and links to other views
question   a report asked; as a call, as a command     listing    an answer's rows as a table
drawing    templates/                                  registry   every page, as data
panel      what a page is made of                      sight      what a panel's template may show
masked     charts of shared pages                     household  who may ask, for Settings
labels     the words of Settings                      views      saved views
shared     a page for whoever has its address          printed    a view as one file
fr/        French, one catalogue a page

A page is a list of panels. A panel says what it asks (reports and their specs) and what its template is given of the
answers; whoever serves it asks, one panel after the other, and sends each as soon as it is drawn. So what is known is
read while the rest is still counted, without a script. Charts are SVG from `collector.charts`: no library and no
script to load (a page with its chart is lighter than a chart library alone), nothing that moves once it is there, and
the same page prints, is mailed, and is read where JavaScript is blocked. The scripts in `static/pages.js` only add to
it: copying, suggestions, live events.

To add a page: one entry in `registry`, one module with its panels, one template for each.
"""

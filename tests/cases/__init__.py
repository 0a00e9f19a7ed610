"""Case tables as data, and what runs them through the product's own way of an event.

spelling   a case as tables may spell it → in the one spelling that the rest reads
rows       a case's event → a row of an import file, and the names by which a report may call it
questions  a case's spec → a report and its spec
findings   a report's answer → the keys of the case's expected result
figures    the functions that `kpi` cases name
store      a data folder: import, seal, ask
comparing  expected and found → the first difference
running    one case in every order, unsealed and sealed, with its alternatives
"""

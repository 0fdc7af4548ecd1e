graph [
  node [ id 0 label "a" ]
  node [ id 1 label "b" ]
  node [ id 2 label "c" ]
  edge [ source 0 target 1 latency "10 ms" ]
  edge [ source 1 target 2 latency "10 ms" ]
]

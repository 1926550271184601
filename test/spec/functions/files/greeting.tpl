Hello ${name}%{ for n in numbers } ${n}%{ endfor }!

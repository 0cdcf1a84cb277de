"""The names that synthetic students get, in the order in which they get them."""

NAMES = (
    "amara-okafor", "mateo-garcia", "yuki-tanaka", "fatima-zahra-idrissi", "liam-oconnor", "priya-raman",
    "chidi-nwosu", "sofia-rossi", "minh-anh-nguyen", "tariq-haddad", "ingrid-solberg", "kwame-mensah",
    "leila-farahani", "dmitri-volkov", "aisha-bello", "joao-pereira", "hana-kim", "oluwaseun-adeyemi",
    "zofia-kowalska", "rashid-karimov", "emily-clarke", "nikhil-deshpande", "camila-torres", "wei-zhang",
    "astrid-lindqvist", "ibrahim-toure", "noor-hussain", "pablo-quispe", "mele-tuipulotu", "siobhan-byrne",
    "arjun-mehta", "beatriz-almeida", "kenji-watanabe", "thandiwe-dlamini", "jonas-weber", "elif-yilmaz",
    "samuel-cohen", "lupita-hernandez", "anders-jensen", "nadia-petrova", "taro-matsuda", "grace-mwangi",
    "luca-moretti", "shreya-banerjee", "kai-kealoha", "miriam-levi", "oskar-nowak", "ana-jovanovic",
    "youssef-mansour", "dara-sok", "freya-macleod", "ravi-pillai", "chloe-dubois", "tomas-novak",
    "ayesha-siddiqui", "bilal-qureshi", "marta-silva", "ewa-zielinska", "hugo-lefevre", "rosa-mamani",
)  # fmt: skip

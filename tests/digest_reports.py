"""Invented reports on other places and subjects than any digest that ships."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """`title` stands without its region; `region` is None where neither the title nor the office names one."""

    title: str
    name: str
    office: str
    region: str | None
    paragraphs: tuple[str, ...]

    def heading(self, prefix: bool) -> str:
        return f"{self.region}：{self.title}" if prefix and self.region else self.title

    @property
    def byline(self) -> str:
        return f"{self.name} {self.office}"


HUBEI = Report(
    "把门诊开到村口",
    "周文海",
    "湖北省卫生健康委员会党组书记、主任",
    "湖北",
    (
        "看病远、看病慢，是山里人说得最多的话。今年春天，湖北省卫生健康委员会派出14个小组，在62个乡镇卫生院住下来，"
        "跟着家庭医生入户，跟着救护车出诊，一笔一笔记下病人从家门口到诊室要走多少路、等多久。",
        "账本摊开，问题有三个。其一，湖北还有318个村没有能开处方的医生；其二，检查结果互不相认，病人换一家医院就要再抽"
        "一次血；其三，乡镇的彩超机有四成一年用不到一百次，机器在，会用的人不在。",
        "针对这些问题，全省推行“县里聘、乡里管、村里用”。新招的1260名村医由县医院发工资，每年回县里进修两个月；检验中心建"
        "在县城，冷链车每天两趟把样本送过去，结果当晚就能在手机上看到。",
        "到9月底，湖北村一级的诊疗量比上年同期增长三成一，县城医院的普通感冒病人少了近五分之一。下一步，要让住院的费用也"
        "在村口报得了，把最后一段路补齐。",
    ),
)
NINGBO = Report(
    "老码头装上新大脑",
    "沈佳",
    "宁波市港航管理局局长",
    "宁波",
    (
        "一个集装箱从进闸到上船，宁波市港航管理局的调研组掐着秒表跟了九天。他们发现，真正装卸的时间不到三分之一，其余都"
        "花在等单证、等泊位、等拖车上。码头不缺吊机，缺的是一个能把这些事情排到一起的大脑。",
        "宁波港区现有泊位的调度靠27个电话群，一条船晚到两小时，后面十几家货代就要重新打一遍电话。夜班调度员说，自己一晚"
        "上最多接过四百个电话。",
        "今年6月，统一的调度平台上线。船还在长江口，平台就算出靠哪个泊位、派多少拖车；海关、海事的单证在同一个页面上办结。"
        "宁波还把平台开放给内河的小码头，86个乡镇货主第一次能看见自己的货在哪里。",
        "三个月下来，单箱平均在港时间由31小时降到19小时，拖车空驶率下降12个百分点。调研组的下一个题目，是怎样让冬天的大雾不再打乱这张表。",
    ),
)
GANSU = Report(
    "一渠清水上旱塬",
    "马国栋",
    "甘肃省水利厅党组书记、厅长",
    "甘肃",
    (
        "旱塬上的人家把水窖叫作命根子。甘肃省水利厅的同志今年走了19个县，量了2300口水窖，发现其中六成在春末见底，要靠拉水"
        "车补；拉一车水的钱，够买半袋化肥。",
        "甘肃的难处不在没有水，而在水和地不在一起。渠道老化，从水库放出的一百方水，到田头只剩五十四方；水价多年未动，管"
        "渠的人靠种地养家，渠坏了没有钱修；用水凭习惯，大水漫灌的地还占三成。",
        "对策分三步走。先修渠，全年衬砌干支渠740公里；再改价，把水价分成三档，省下的水可以卖给邻村；最后换种法，在12万亩"
        "玉米地里铺滴灌带，水肥一起走。资金由省里出四成，县里出两成，其余由受益的合作社分五年还。",
        "立秋时再去看，塬上的渠水利用系数升到零点六八。甘肃还要在明年建成覆盖所有灌区的量水站，让每一方水都有账可查。",
    ),
)
YUNNAN = Report(
    "让预警跑在山洪前面",
    "段晓云",
    "云南省气象局局长",
    "云南",
    (
        "山区的雨来得急。云南省气象局回看了近五年的47次山洪，从雨量超过警戒到洪水进村，最短只有26分钟，而预警短信平均要走"
        "18分钟才到村干部的手机上。",
        "问题出在中间环节太多。云南有的县预警要经过五道签字，有的村山头挡住信号，收到时雨已经停了；还有的村民看不懂“橙色”“"
        "红色”是什么意思，照样下河捞木头。",
        "为此，全省把五道签字减为一道，县台可以直接叫应到村；在没有信号的1100个村装上卫星喇叭，用彝语、傣语、哈尼语轮流广播；"
        "把颜色换成动作，喇叭里只说“上山”“别过桥”“回家”。",
        "今年汛期，云南提前转移了3.2万人，没有一个村因为接不到预警而出事。明年，雨量站要再加密一倍，把预警再往前赶十分钟。",
    ),
)
LUOYANG = Report(
    "让沉睡的库房醒过来",
    "贺敏",
    "洛阳市文物局局长",
    "洛阳",
    (
        "展柜里摆出来的，只是库房里的百分之二。洛阳市文物局今年用四个月清点了21座库房，登记器物38.6万件，其中九成以上自出土后"
        "没有见过观众。",
        "为什么拿不出来？洛阳的馆长们说了三条：没有地方摆，没有人会修，借出去怕担责任。一件三彩马在箱子里躺了四十年，裂纹"
        "比出土时还长了两寸。",
        "办法是从“怕”字改起。洛阳给出借的文物买保险，责任写进合同；把停用的纺织厂改成开放库房，观众隔着玻璃看修复；和三所"
        "职业学校合办修复班，首批60名学生边学边修，工钱按件付。",
        "国庆假期，开放库房来了11万人，一半是本地的孩子。文物局打算把清点的结果全部放到网上，让任何一个人都能查到它们在哪里。",
    ),
)
REPORTS = (HUBEI, NINGBO, GANSU, YUNNAN, LUOYANG)

NEWSLETTER = (
    Report(
        "食堂搬家记",
        "方莉",
        "行政部主任",
        None,
        (
            "用了十一年的老食堂上个月关了门。新食堂在三号楼一层，座位从180个添到320个，排队的时间由十七分钟缩到六分钟。",
            "搬家前，行政部收到家住城东的同事四十多条意见，说得最多的是晚饭太早。现在晚饭供应到八点半，加班的人也能吃上热菜。",
        ),
    ),
    Report(
        "仓库里的扫描枪",
        "何进",
        "物流部部长",
        None,
        (
            "盘点一次库存，过去要停工两天。物流部给每只托盘贴上标签，叉车开过门口，扫描枪自己就记下来了，盘点改在夜里做，四个小时做完。",
            "扫描枪刚来时，老师傅们不肯用，说枪会看错。部里让人和枪比了一周，人错了31处，枪错了2处，比完再没有人说话。",
        ),
    ),
    Report(
        "客服电话少了一半",
        "罗小曼",
        "客户服务中心主任",
        None,
        (
            "去年每天有900个电话打到客服中心，今年只有430个。客户没有少，少的是“说明书看不懂”的来电。",
            "客服中心把三年的通话分了类，发现六成问的是同样的12个问题。说明书按这12个问题重写，印成一张折页，放在包装的最上面。",
        ),
    ),
)

ENGLISH = (
    Report(
        "Pipes that listen",
        "Anna Keller",
        "Director of the Riverton Water Board",
        None,
        (
            "For thirty years the crews of Riverton found leaks by walking the streets at night with a steel rod. "
            "Last spring the water board fixed 640 small microphones to its pipes instead. They cost 38,000 "
            "dollars, less than one burst main.",
            "The first month was humbling. The microphones heard 212 leaks, and the old maps knew of only nine. "
            "Dr. Osei, who led the survey, says that every fifth litre of treated water never reached a tap.",
            "Losses have since fallen from 21 to 13 percent. The board now wants to know whether the same ears "
            "can hear a pump that is about to fail, e.g. in the two stations below the mill.",
        ),
    ),
    Report(
        "A harbour without queues",
        "Tomas Lindqvist",
        "Secretary of the Harbour Council",
        None,
        (
            "Ships used to race to the harbour of Halden and then wait outside it for two days. The harbour "
            "council now gives each captain an hour of arrival before the ship leaves its last port, so that "
            "nobody gains by hurrying.",
            "Fuel use on the last leg fell by 17 percent in a year. The anchorage, once the largest car park at "
            "sea in the county, was empty on 211 days.",
        ),
    ),
    Report(
        "The library that lends tools",
        "Maria Santos",
        "Chief Librarian, Westfield Library",
        None,
        (
            "Nobody needs a drill every day. The Westfield library has lent 1,900 of them since it cleared a "
            "shelf for tools in March, next to ladders, sewing machines and one very popular cement mixer.",
            "Borrowers break less than the library feared: 14 items in eight months. The repair evening on "
            "Thursdays has a waiting list, and half of those who come have never read a book there.",
        ),
    ),
)

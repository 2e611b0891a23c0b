// The emoji of the composer's picker: a sign, then the words it is found by, in English and Chinese.
export const EMOJI = {
  smileys: `
😀 grinning smile 笑 開心 开心
😃 happy smile 笑 高興 高兴
😄 laughing eyes smile 笑 歡喜 欢喜
😁 beaming grin 露齒笑 露齿笑
😆 squinting laugh 大笑
😅 sweat smile relieved 苦笑 汗
🤣 rolling laughing rofl 笑翻
😂 tears of joy laugh 笑哭
🙂 slight smile 微笑
🙃 upside down 倒臉 倒脸
😉 wink 眨眼
😊 blushing smile 害羞 微笑
😇 angel halo 天使
🥰 love hearts 喜愛 喜爱
😍 heart eyes love 愛心眼 爱心眼
🤩 star struck wow 驚喜 惊喜
😘 kiss 飛吻 飞吻
😋 yummy delicious 好吃
😜 winking tongue 吐舌
🤗 hug 擁抱 拥抱
🤭 giggle oops 偷笑
🤫 quiet secret 安靜 安静
🤔 thinking 思考 想
🤐 zipped mouth 閉嘴 闭嘴
😐 neutral 無表情 无表情
😏 smirk 得意
😒 unamused 不滿 不满
🙄 rolling eyes 翻白眼
😬 grimace awkward 尷尬 尴尬
😌 relieved calm 放心
😔 pensive sad 難過 难过
😴 sleeping 睡覺 睡觉
🤒 ill fever 生病 發燒 发烧
🤧 sneeze cold 感冒
😎 cool sunglasses 酷
🤓 nerd glasses 書呆 书呆
😕 confused 困惑
😟 worried 擔心 担心
😮 surprised open mouth 驚訝 惊讶
😳 flushed embarrassed 臉紅 脸红
🥺 pleading please 拜託 拜托
😢 crying sad 哭 傷心 伤心
😭 sobbing loud cry 大哭
😱 scream fear 驚恐 惊恐
😤 huffing 生氣 生气
😡 angry red 憤怒 愤怒
🥳 party celebrate 慶祝 庆祝
🤯 mind blown 震驚 震惊
`,
  people: `
👋 wave hello bye 你好 再見 再见
🤚 raised back of hand 手背
✋ stop high five hand 停 手
👌 ok perfect 好
🤏 pinch little 一點 一点
✌️ victory peace 勝利 胜利
🤞 fingers crossed luck 祝好運 好运
🤟 love you gesture 我愛你 我爱你
🤙 call me 打電話 打电话
👈 left point 左
👉 right point 右
👆 up point 上
👇 down point 下
☝️ one index up 一
👍 thumbs up yes good 讚 赞 好
👎 thumbs down no bad 差 不好
✊ fist 拳頭 拳头
👏 clapping bravo 鼓掌
🙌 hooray hands 歡呼 欢呼
👐 open hands 雙手 双手
🤝 handshake deal 握手 成交
🙏 thanks please pray 謝謝 谢谢 拜託 拜托
💪 strong muscle 加油 強 强
👀 eyes look 看
🙋 raising hand question 舉手 举手
🤷 shrug do not know 聳肩 耸肩 不知道
🤦 facepalm 無奈 无奈
💁 information desk 服務 服务
🙇 bow sorry 鞠躬 對不起 对不起
🏃 running hurry 跑
💃 dancing woman 跳舞
👶 baby 寶寶 宝宝
👨‍👩‍👧 family 家庭
👩‍💻 working computer 工作 電腦 电脑
🎅 santa christmas 聖誕老人 圣诞老人
`,
  hearts: `
❤️ red heart love 愛心 爱心 紅心 红心
🧡 orange heart 橙心
💛 yellow heart 黃心 黄心
💚 green heart 綠心 绿心
💙 blue heart 藍心 蓝心
💜 purple heart 紫心
🖤 black heart 黑心
🤍 white heart 白心
💔 broken heart 心碎
💕 two hearts 兩顆心 两颗心
💖 sparkling heart 閃亮的心 闪亮的心
💝 heart ribbon gift 心意 禮物 礼物
💌 love letter 情書 情书
💯 hundred perfect 一百分
✨ sparkles 閃亮 闪亮
💥 boom 爆炸
💤 sleep 睡
💬 speech message 訊息 消息
`,
  nature: `
🌹 rose 玫瑰
🌷 tulip 鬱金香 郁金香
🌸 cherry blossom 櫻花 樱花
🌺 hibiscus flower 花
🌻 sunflower 向日葵
🌼 daisy blossom 小花
💐 bouquet flowers 花束
🥀 wilted flower 枯萎
🌱 seedling plant 幼苗
🌿 herb leaf 葉 叶
🍀 clover luck 四葉草 四叶草
🌳 tree 樹 树
🌴 palm tree 棕櫚 棕榈
🌵 cactus 仙人掌
🍁 maple leaf autumn 楓葉 枫叶
🐶 dog 狗
🐱 cat 貓 猫
🐰 rabbit 兔
🐻 bear 熊
🐼 panda 熊貓 熊猫
🐯 tiger 老虎
🐷 pig 豬 猪
🐮 cow 牛
🐵 monkey 猴
🐔 chicken 雞 鸡
🐟 fish 魚 鱼
🐉 dragon 龍 龙
🦋 butterfly 蝴蝶
🐝 bee 蜜蜂
`,
  food: `
🍎 apple 蘋果 苹果
🍊 orange tangerine 橙 橘
🍋 lemon 檸檬 柠檬
🍌 banana 香蕉
🍉 watermelon 西瓜
🍇 grapes 葡萄
🍓 strawberry 草莓
🍑 peach 桃
🥑 avocado 牛油果
🍅 tomato 番茄
🌽 corn 玉米
🍞 bread 麵包 面包
🧀 cheese 芝士 奶酪
🍳 egg breakfast 蛋 早餐
🍔 burger 漢堡 汉堡
🍟 fries 薯條 薯条
🍕 pizza 披薩 披萨
🍜 noodles 麵 面
🍚 rice 飯 饭
🍣 sushi 壽司 寿司
🥟 dumpling 餃子 饺子
🥮 moon cake 月餅 月饼
🎂 birthday cake 生日蛋糕
🍰 cake 蛋糕
🍦 ice cream 雪糕 冰淇淋
🍫 chocolate 巧克力
☕ coffee hot 咖啡
🍵 tea 茶
🧋 bubble tea 珍珠奶茶
🍺 beer 啤酒
🍷 wine 紅酒 红酒
🥂 cheers glasses 乾杯 干杯
🍽️ restaurant plate 餐廳 餐厅
`,
  places: `
🏠 house home 家
🏢 office building 辦公室 办公室
🏪 shop store 商店
🏥 hospital 醫院 医院
🏨 hotel 酒店
🏖️ beach holiday 海灘 海滩
🚗 car 汽車 汽车
🚕 taxi 的士 出租车
🚌 bus 巴士 公交
🚆 train 火車 火车
🚚 delivery truck 送貨 送货
🚲 bicycle 單車 自行车
✈️ plane flight 飛機 飞机
🚢 ship 船
🚀 rocket fast 火箭
☀️ sun 太陽 太阳
⛅ cloudy 多雲 多云
🌧️ rain 雨
⛈️ storm 暴雨
❄️ snow cold 雪
🌈 rainbow 彩虹
🌙 moon 月亮
⭐ star 星
🔥 fire hot 火
💧 drop water 水
🌊 wave sea 海
`,
  things: `
🎁 gift present 禮物 礼物
🎉 party tada celebrate 慶祝 庆祝 恭喜
🎈 balloon 氣球 气球
🧧 red envelope 紅包 红包
🏮 lantern 燈籠 灯笼
🎄 christmas tree 聖誕樹 圣诞树
🎵 music note 音樂 音乐
📷 camera photo 相機 相机
📱 phone mobile 手機 手机
💻 laptop computer 電腦 电脑
📞 telephone call 電話 电话
📧 email 電郵 邮件
📦 package parcel 包裹
📝 note write 筆記 笔记
📎 paperclip attachment 附件
📅 calendar date 日曆 日历 日期
⏰ alarm clock time 鬧鐘 闹钟
⏳ hourglass wait 等待
💰 money bag 錢 钱
💳 credit card 信用卡
🧾 receipt 收據 收据
🛒 cart shopping 購物 购物
🛍️ shopping bags 購物袋 购物袋
🔑 key 鑰匙 钥匙
🔒 locked 鎖 锁
💡 idea light 主意 燈 灯
🔧 wrench repair 維修 维修
✂️ scissors 剪刀
👗 dress 裙
👟 shoe 鞋
💊 pill medicine 藥 药
📍 location pin 位置
🏆 trophy win 獎盃 奖杯
⚽ football 足球
`,
  signs: `
✅ done check yes 完成 對 对
❌ cross no wrong 錯 错
❗ exclamation important 注意
❓ question 問題 问题
⚠️ warning 警告
🚫 forbidden 禁止
➡️ arrow right 向右
⬅️ arrow left 向左
⬆️ arrow up 向上
⬇️ arrow down 向下
🔄 again refresh 重新
🆕 new 新
🆓 free 免費 免费
🆗 ok 好
🔴 red circle 紅色 红色
🟡 yellow circle 黃色 黄色
🟢 green circle 綠色 绿色
1️⃣ one 一
2️⃣ two 二
3️⃣ three 三
`,
};

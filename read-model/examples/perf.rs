use std::time::Instant;
use read_model::*;
use schemas::event::*;
use schemas::value::*;
use schemas::*;
use uuid::Uuid;
use chrono::*;
fn md(i:u64)->Metadata{Metadata{command_id:CommandId::new(Uuid::from_u128(i.into())),command_digest:"x".repeat(64),correlation_id:Uuid::from_u128(i.into()),causation_id:Uuid::from_u128(i.into()),actor:Actor{kind:ActorKind::Chat,id:"c".into()},origin:Origin::Chat,recorded_at:"2026-11-30T12:00:00Z".parse::<DateTime<Utc>>().unwrap()+TimeDelta::seconds(i as i64),schema_version:1,tzdb_version:"2025b".into()}}
fn rss()->String{std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l|l.starts_with("VmRSS")).unwrap().to_owned()}
#[tokio::main(flavor="current_thread")]
async fn main(){
 let n:u64=std::env::args().nth(1).unwrap().parse().unwrap();
 let agents=200u64;
 let m=MemoryReadModel::new();
 let mut pos=0;
 let mut evs=vec![];
 let mut push=|evs:&mut Vec<ProjectedEvent>,e:Event,pos:&mut u64|{*pos+=10;evs.push(ProjectedEvent{position:*pos,revision:*pos,event_id:EventId::new(Uuid::from_u128((*pos).into())),event:e,metadata:md(*pos)});};
 push(&mut evs,Event::Office(OfficeEvent::AppointmentTypeDefined(AppointmentTypeDefined{appointment_type:AppointmentType{code:"visita_propiedad".parse().unwrap(),name:[("es".to_string(),"v".to_string())].into(),duration_minutes:30,slot_step_minutes:30,buffer_before_minutes:0,buffer_after_minutes:0,min_notice_minutes:0,horizon_days:90,daily_limit:None,location_kind:LocationKind::Property}})),&mut pos);
 for d in 0..7u8{push(&mut evs,Event::Office(OfficeEvent::OfficeRuleAdded(OfficeRuleAdded{rule:AvailabilityRule{rule_id:RuleId::new(Uuid::from_u128(d.into())),day_of_week:DayOfWeek::try_from(d).unwrap(),start_time:"09:00".parse().unwrap(),end_time:"19:00".parse().unwrap(),is_recurring:true,valid_from:None,valid_until:None,appointment_type:None,max_appointments_per_slot:1}})),&mut pos);}
 for a in 0..agents{let id:AgentId=a.to_string().parse().unwrap();push(&mut evs,Event::Agent(id.clone(),AgentEvent::AgentRegistered(AgentRegistered{agent_id:id,profile:AgentProfile{name:"x".into(),time_zone:chrono_tz::America::Santiago,email:None,phone:None,inherits_office_hours:true}})),&mut pos);}
 m.apply(std::mem::take(&mut evs)).unwrap();
 println!("{}",rss());
 let base:DateTime<Utc>="2026-12-01T12:00:00Z".parse().unwrap();
 let t=Instant::now(); let mut count=0u64; let mut gen=std::time::Duration::ZERO;
 for chunk in 0..(n/1000){
  let g=Instant::now();
  for k in 0..1000{ let i=chunk*1000+k; let a=i%agents; let id:AgentId=a.to_string().parse().unwrap(); let ap=AppointmentId::new(Uuid::from_u128(i as u128+1));
   let slot=i/agents; let start=base+TimeDelta::minutes((slot%20) as i64*30)+TimeDelta::days((slot/20) as i64);
   push(&mut evs,Event::Agent(id.clone(),AgentEvent::AppointmentBooked(AppointmentBooked{appointment_id:ap,lead_id:(i/3).to_string().parse().unwrap(),agent_id:id.clone(),appointment_type:"visita_propiedad".parse().unwrap(),start,end:start+TimeDelta::minutes(30),duration_minutes:30,local_start:start.naive_utc(),time_zone:chrono_tz::America::Santiago,buffer_before_minutes:0,buffer_after_minutes:0,max_appointments_per_slot:1,sequence:0,location:Some("Av. Providencia 1234".into()),property_id:Some((i%500).to_string().parse().unwrap()),notes:None,lead_contact:None,origin:Origin::Chat,hold_id:None,reassigned_from:None})),&mut pos);
   push(&mut evs,Event::Agent(id,AgentEvent::AppointmentConfirmed(AppointmentConfirmed{appointment_id:ap})),&mut pos);
  }
  count+=evs.len() as u64; gen+=g.elapsed();
  m.apply(std::mem::take(&mut evs)).unwrap();
 }
 let el=t.elapsed()-gen; println!("{count} events {:?} = {:.0}/s {}",el,count as f64/el.as_secs_f64(),rss());
 let r=ReadModel::from(m.clone());
 let time=|name:&str,d:std::time::Duration|println!("{name}: {d:?}");
 for (name,f,s) in [
  ("all start",AppointmentFilter::default(),AppointmentSort::Start),
  ("agent",AppointmentFilter{agent_ids:vec!["7".parse().unwrap()],..Default::default()},AppointmentSort::Start),
  ("agent -created",AppointmentFilter{agent_ids:vec!["7".parse().unwrap()],..Default::default()},AppointmentSort::CreatedAtDescending),
  ("status none",AppointmentFilter{statuses:vec![AppointmentStatus::NoShow],..Default::default()},AppointmentSort::UpdatedAtDescending),
  ("status all",AppointmentFilter{statuses:vec![AppointmentStatus::Confirmed],..Default::default()},AppointmentSort::UpdatedAtDescending),
  ("lead",AppointmentFilter{lead_ids:vec!["7".parse().unwrap()],..Default::default()},AppointmentSort::Start),
  ("property+agent",AppointmentFilter{agent_ids:vec!["7".parse().unwrap()],property_ids:vec!["9".parse().unwrap()],..Default::default()},AppointmentSort::Start),
 ]{ let t=Instant::now(); let a=r.appointments(&f,s,&PageRequest::default()).await.unwrap(); time(&format!("{name} -> {}",a.value.items.len()),t.elapsed()); }
 for agents in [vec!["7".parse().unwrap()],vec![]]{
 let q=SlotsQuestion{appointment_type:"visita_propiedad".parse().unwrap(),from:base,to:base+TimeDelta::days(60),agent_ids:agents,property_id:None,lead_id:None,zone:None,explain:None,page:PageRequest::default()};
 let t=Instant::now(); let a=r.slots(&q,base).await.unwrap(); time(&format!("slots -> {}",a.value.slots.items.len()),t.elapsed());}
 let t=Instant::now(); let a=r.lead_context(&"7".parse().unwrap(),base).await.unwrap(); time("context",t.elapsed()); println!("{}",a.value.text);
 // write cost while a snapshot is held
 let t=Instant::now(); for i in 0..200u64{ pos+=10; let id:AgentId=(i%agents_n()).to_string().parse().unwrap(); let ap=AppointmentId::new(Uuid::from_u128(i as u128+1)); let _keep=r.clone(); m.apply([ProjectedEvent{position:pos,revision:pos,event_id:EventId::new(Uuid::from_u128(pos.into())),event:Event::Agent(id,AgentEvent::AppointmentCompleted(AppointmentCompleted{appointment_id:ap})),metadata:md(pos)}]).unwrap();} time("200 single writes",t.elapsed());
}
fn agents_n()->u64{200}
